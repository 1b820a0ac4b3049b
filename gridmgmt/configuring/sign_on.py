"""Which identity servers the operator has set up, read from the environment."""

from urllib.parse import urlsplit

HOMES = {
    "wecom": "https://login.work.weixin.qq.com",
    "dingtalk": "https://login.dingtalk.com",
}


def providers(env):
    """The setting SOCIALACCOUNT_PROVIDERS: only those with an id and a secret."""
    found = {}
    if server := env("OIDC_SERVER", default=""):
        settings = {
            "server_url": server,
            "uid_field": env("OIDC_IDENTIFIER", default="sub"),
            "oauth_pkce_enabled": True,
            "scope": ["openid"],
        }
        name = env("OIDC_NAME", default="OpenID Connect")
        app = _app(env, "OIDC", provider_id="oidc", name=name, settings=settings)
        found["openid_connect"] = {"APPS": [app]}
    if env("WECOM_CLIENT_ID", default=""):
        settings = {"agent_id": env("WECOM_AGENT_ID")}
        found["wecom"] = {"APPS": [_app(env, "WECOM", settings=settings)]}
    if env("DINGTALK_CLIENT_ID", default=""):
        found["dingtalk"] = {"APPS": [_app(env, "DINGTALK")]}
    return found


def _app(env, prefix, **others):
    return {"client_id": env(f"{prefix}_CLIENT_ID"), "secret": env(f"{prefix}_SECRET"), **others}


def origins(found):
    """Where the browser is sent to sign on: the page may lead there, and nowhere else."""
    places = [HOMES[kind] for kind in found if kind in HOMES]
    for app in found.get("openid_connect", {}).get("APPS", []):
        server = urlsplit(app["settings"]["server_url"])
        places.append(f"{server.scheme}://{server.netloc}")
    return places
