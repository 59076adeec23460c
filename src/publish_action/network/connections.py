"""The connections of this process: each ends at its request's deadline, whichever library opens it.

Importing this module sets urllib3's `ConnectionCls`, as urllib3's own HTTP/2 support does. requests, twine, PyGithub
and id all connect through urllib3, so none of them needs a hook of its own, and none can be forgotten. Without a
deadline (`deadlines.run_within`) the connections wait as urllib3's do.
"""

import http.client
import socket
import ssl
from collections.abc import Iterable
from typing import TYPE_CHECKING

from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

from publish_action.network.deadlines import run_within, watch

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer, SupportsRead

# Whoever bounds a request takes it from here, so that the connections are ours.
__all__ = ["run_within"]

_MOST_INFORMATIONAL = 20
"""Informational answers before the final one; a sane server sends one or two (102, 103)."""


class _Response(http.client.HTTPResponse):
    """An answer, without the informational ones before it (RFC 9110, section 15.2).

    http.client skips 100 and takes 102 and 103 for the answer. 101 stays: nobody asked for another protocol.
    """

    def begin(self) -> None:
        """Read the head of the final answer. Raises `BadStatusLine` if too many others come before it."""
        for _ in range(_MOST_INFORMATIONAL):
            super().begin()
            if not 100 <= self.status < 200 or self.status == http.HTTPStatus.SWITCHING_PROTOCOLS:
                return
            # Where there are headers, `begin` takes the head as read.
            self.headers = self.msg = None  # type: ignore[assignment] # so does http.client, before the head is read
        raise http.client.BadStatusLine("too many informational answers")


class _Watched(HTTPConnection):
    """A connection that ends at the deadline of the request that uses it."""

    response_class = _Response

    def _new_conn(self) -> socket.socket:
        connection = super()._new_conn()
        try:
            watch(connection)
        except BaseException:
            connection.close()
            raise
        return connection

    def putrequest(self, method: str, url: str, skip_host: bool = False, skip_accept_encoding: bool = False) -> None:
        """Begin a request, on a connection that an earlier one may have left open."""
        if self.sock is not None:
            watch(self.sock)
        super().putrequest(method, url, skip_host, skip_accept_encoding)


class _WatchedTLS(_Watched, HTTPSConnection):
    """The same with TLS."""

    def send(self, data: "SupportsRead[bytes] | Iterable[ReadableBuffer] | ReadableBuffer | str") -> None:
        """Send data. Raises `BrokenPipeError` if the server has ended the connection, as without TLS.

        urllib3 takes that as a server that has answered before the body was sent, and reads the answer. ssl reports
        the same cut as an `SSLError`, up to Python 3.12 also where TCP was reset.
        """
        try:
            super().send(data)
        except (ssl.SSLEOFError, ssl.SSLZeroReturnError) as error:
            raise BrokenPipeError(*error.args) from error


HTTPConnectionPool.ConnectionCls = _Watched
HTTPSConnectionPool.ConnectionCls = _WatchedTLS
