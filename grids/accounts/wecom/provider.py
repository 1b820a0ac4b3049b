"""WeCom (企业微信) for django-allauth: who scanned the code is told by its user id, no more."""

from allauth.socialaccount.providers.base import ProviderAccount
from allauth.socialaccount.providers.oauth2.provider import OAuth2Provider

from grids.accounts.wecom.views import WeComAdapter


class WeComProvider(OAuth2Provider):
    id = "wecom"
    name = "WeCom"
    account_class = ProviderAccount
    oauth2_adapter_class = WeComAdapter

    def extract_uid(self, data):
        return data["userid"]

    def get_auth_params(self):
        return super().get_auth_params() | {
            "login_type": "CorpApp",
            "appid": self.app.client_id,
            "agentid": self.app.settings["agent_id"],
        }


provider_classes = [WeComProvider]
