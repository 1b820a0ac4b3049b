"""WeCom's dialect of OAuth 2: the token is the company's, and the code names the person."""

from allauth.socialaccount.adapter import get_adapter
from allauth.socialaccount.providers.oauth2.client import OAuth2Error
from allauth.socialaccount.providers.oauth2.views import (
    OAuth2Adapter,
    OAuth2CallbackView,
    OAuth2LoginView,
)

API = "https://qyapi.weixin.qq.com/cgi-bin"


class WeComAdapter(OAuth2Adapter):
    provider_id = "wecom"
    authorize_url = "https://login.work.weixin.qq.com/wwlogin/sso/login"
    access_token_url = f"{API}/gettoken"
    profile_url = f"{API}/auth/getuserinfo"

    def get_access_token_data(self, request, app, client, pkce_code_verifier=None):
        said = {"corpid": app.client_id, "corpsecret": app.secret}
        return _asked(app.settings.get("token_url", self.access_token_url), said)

    def complete_login(self, request, app, token, **kwargs):
        said = {"access_token": token.token, "code": request.GET["code"]}
        found = _asked(app.settings.get("profile_url", self.profile_url), said)
        if not found.get("userid"):
            raise OAuth2Error("not a member of the company")
        return self.get_provider().sociallogin_from_response(request, {"userid": found["userid"]})


def _asked(address, said):
    """What WeCom answers; its errors come with status 200."""
    with get_adapter().get_requests_session() as session:
        answer = session.get(address, params=said)
        answer.raise_for_status()
        found = answer.json()
    if found.get("errcode"):
        raise OAuth2Error(f"WeCom answers {found['errcode']}")
    return found


oauth2_login = OAuth2LoginView.adapter_view(WeComAdapter)
oauth2_callback = OAuth2CallbackView.adapter_view(WeComAdapter)
