"""What Twilio's library makes of a message, carried to Twilio with no more work than that takes.

The library's own carrier, ``requests``, merges sessions, headers and the environment anew for each
message. This one stands in its place as the library provides for: it is given method, address,
fields and account, and answers with what came back. Errors are those of ``requests``.
"""

from __future__ import annotations

import json
import logging
import threading
from functools import lru_cache
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import requests
import urllib3
from twilio.http import HttpClient
from twilio.http.response import Response

from channels import sockets

if TYPE_CHECKING:
    from collections.abc import Mapping

    from urllib3.connectionpool import HTTPConnectionPool

API = "https://api.twilio.com"
CONTENT_HOST = "https://content.twilio.com"
_AT_ONCE = 32
"""Connections to a host that are kept; more are opened if need be."""


class Carrier(HttpClient):
    """Kept connections to Twilio, or to ``base_url`` in place of both its hosts.

    A proxy of the environment is not asked: it must not get the account's credentials. What is not
    answered in ``timeout_s`` seconds is given up, and nothing is tried twice.
    """

    def __init__(self, base_url: str, timeout_s: float) -> None:
        super().__init__(logging.getLogger(__name__), is_async=False, timeout=timeout_s)
        self._base = base_url.rstrip("/")
        self._patience = urllib3.Timeout(connect=timeout_s, read=timeout_s)
        self._lock = threading.Lock()
        self._hosts: dict[str, HTTPConnectionPool] = {}

    def request(
        self,
        method: str,
        uri: str,
        params: Mapping[str, object] | None = None,
        data: Mapping[str, object] | None = None,
        headers: dict[str, str] | None = None,
        auth: tuple[str, str] | None = None,
        timeout: float | None = None,
        allow_redirects: bool = False,  # noqa: ARG002 - Twilio redirects nothing that is sent
    ) -> Response:
        """Raises an error of ``requests``, whose first argument is the one of ``urllib3``."""
        host, path = self._place(uri)
        if params:
            path = f"{path}{'&' if '?' in path else '?'}{_form(params)}"
        told = {"Accept": "*/*", **(headers or {}), **(_known_by(*auth) if auth else {})}
        as_json = told.get("Content-Type") == "application/json"
        try:
            answer = self._to(host).urlopen(
                method.upper(),
                path,
                body=json.dumps(data).encode() if as_json else _form(data) if data else None,
                headers=told,
                timeout=self._patience if timeout is None else timeout,
                retries=False,
                redirect=False,
                assert_same_host=False,
            )
        except urllib3.exceptions.HTTPError as error:
            raise _as_before(error) from None
        return Response(answer.status, answer.data.decode("utf-8", "replace"), answer.headers)

    def close(self) -> None:
        """Close the kept connections; the next request opens new ones."""
        with self._lock:
            for host in self._hosts.values():
                host.close()
            self._hosts.clear()

    def _place(self, uri: str) -> tuple[str, str]:
        """Host and path. Pages of a list name Twilio's own hosts, for which another may stand."""
        for host in (API, CONTENT_HOST):
            if uri.startswith(host):
                return (host if self._base == API else self._base), uri[len(host) :] or "/"
        scheme, _, rest = uri.partition("://")
        host, _, path = rest.partition("/")
        return f"{scheme}://{host}", f"/{path}"

    def _to(self, host: str) -> HTTPConnectionPool:
        with self._lock:
            found = self._hosts.get(host)
            if found is None:
                # What was given up is looked up and sent again: it may not arrive as well.
                found = self._hosts[host] = sockets.lines_to(host, _AT_ONCE)
            return found


def _form(fields: Mapping[str, Any]) -> str:
    return urlencode({name: one for name, one in fields.items() if one is not None}, doseq=True)


@lru_cache(maxsize=4)
def _known_by(account: str, token: str) -> dict[str, str]:
    return dict(urllib3.make_headers(basic_auth=f"{account}:{token}"))


def _as_before(error: urllib3.exceptions.HTTPError) -> requests.exceptions.RequestException:
    if isinstance(error, urllib3.exceptions.SSLError):
        return requests.exceptions.SSLError(error)
    if isinstance(error, urllib3.exceptions.ReadTimeoutError):
        return requests.exceptions.ReadTimeout(error)
    return requests.exceptions.ConnectionError(error)
