"""The key with which this Bot Connector signs what it sends, and the tokens it gives to the bot."""

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa
from jwt.algorithms import RSAAlgorithm

from bot.demo.organisation import Json

ISSUER = "https://api.botframework.com"
LIFE = timedelta(hours=1)
KEY_ID = "demo-key"


class Keys:
    """One RSA key; `now` is the time that tokens carry (the bot reads them by the system's)."""

    def __init__(self, now: Callable[[], datetime], endorsements: tuple[str, ...] = ("msteams",)) -> None:
        self.now, self.endorsements = now, endorsements

    @cached_property
    def private(self) -> rsa.RSAPrivateKey:
        """The key itself; made when it is first needed."""
        return rsa.generate_private_key(public_exponent=65537, key_size=2048)

    def published(self) -> Json:
        """The document that the metadata's `jwks_uri` leads to."""
        public: Json = json.loads(RSAAlgorithm.to_jwk(self.private.public_key()))
        return {"keys": [public | {"kid": KEY_ID, "use": "sig", "endorsements": [*self.endorsements]}]}

    def token(self, app_id: str, service_url: str, **claims: Any) -> str:
        """What the connector shows the bot with every activity; `claims` replace its own, None leaves one out."""
        now = self.now()
        said = {
            "iss": ISSUER,
            "aud": app_id,
            "serviceurl": service_url,
            "iat": now,
            "nbf": now - LIFE,
            "exp": now + LIFE,
        }
        told = {name: value for name, value in (said | claims).items() if value is not None}
        return jwt.encode(told, self.private, algorithm="RS256", headers={"kid": KEY_ID})


def metadata(base: str) -> Json:
    """The OpenID metadata document."""
    return {
        "issuer": ISSUER,
        "authorization_endpoint": "https://invalid.botframework.com",
        "jwks_uri": f"{base}/openid/keys",
        "id_token_signing_alg_values_supported": ["RS256"],
        "token_endpoint_auth_methods_supported": ["private_key_jwt"],
    }
