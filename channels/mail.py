"""E-mail on its way out: from a queued row to a mail server, or to the twin on this machine.

A letter whose fate is unknown is sent again under the same Message-ID: it shows up as one.
"""

from __future__ import annotations

import contextlib
import smtplib
import ssl
from dataclasses import dataclass
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP as WIRE
from email.utils import format_datetime, parseaddr
from ipaddress import ip_address
from typing import TYPE_CHECKING, Protocol
from urllib.parse import unquote, urlsplit

import structlog

from channels.senders import Refused, RetryLater
from crm_core import clock, mails

if TYPE_CHECKING:
    from collections.abc import Iterator

    from channels.context import Context
    from crm_core.mails import Letter
    from crm_core.settings import Settings

log = structlog.get_logger(__name__)

TIMEOUT_S = 20.0
STALE_S = 120.0
"""A letter being sent for longer has lost its worker."""


class Carrier(Protocol):
    """Hands a letter over, once."""

    name: str

    def send(self, letter: Letter) -> None:
        """Raises RetryLater or Refused."""


class Twin:
    """Keeps every letter on this machine: it is read at ``/phone/mail``."""

    name = "twin"

    def send(self, letter: Letter) -> None:
        """Nothing to do: the row is the letter."""


@dataclass(frozen=True, slots=True)
class MailServer:
    """An SMTP server. ``implicit_tls``: encrypted from the first byte (smtps)."""

    host: str
    port: int
    implicit_tls: bool
    user: str | None
    password: str | None
    sender: str
    name = "smtp"

    @classmethod
    def of(cls, settings: Settings) -> MailServer:
        """The server that the settings name."""
        parts = urlsplit(settings.smtp_url or "")
        implicit = parts.scheme == "smtps"
        return cls(
            host=parts.hostname or "",
            port=parts.port or (465 if implicit else 587),
            implicit_tls=implicit,
            user=unquote(parts.username) if parts.username else None,
            password=unquote(parts.password) if parts.password else None,
            sender=settings.mail_from or "",
        )

    def send(self, letter: Letter) -> None:
        """Connect, encrypt where the server can, say it, leave."""
        message = message_of(letter, self.sender)
        try:
            with self._connected() as server:
                server.send_message(message)
        except smtplib.SMTPRecipientsRefused as error:
            code, reason = next(iter(error.recipients.values()))
            raise _refusal(code, reason) from error
        except smtplib.SMTPAuthenticationError as error:
            # Ours to mend, not the customer's fault: it waits for the right password.
            raise RetryLater("smtp_login_refused") from error
        except smtplib.SMTPResponseException as error:
            raise _refusal(error.smtp_code, error.smtp_error) from error
        except (smtplib.SMTPException, OSError) as error:
            raise RetryLater(f"smtp_{type(error).__name__}") from error

    @contextlib.contextmanager
    def _connected(self) -> Iterator[smtplib.SMTP]:
        tls = ssl.create_default_context()
        if self.implicit_tls:
            server: smtplib.SMTP = smtplib.SMTP_SSL(
                self.host, self.port, timeout=TIMEOUT_S, context=tls
            )
        else:
            server = smtplib.SMTP(self.host, self.port, timeout=TIMEOUT_S)
        with server:
            server.ehlo()
            if not self.implicit_tls and server.has_extn("starttls"):
                server.starttls(context=tls)
                server.ehlo()
            elif not self.implicit_tls and self.user and not _on_this_machine(self.host):
                raise RetryLater("smtp_without_tls")  # a password never travels in the clear
            if self.user:
                server.login(self.user, self.password or "")
            yield server


def carrier_for(settings: Settings) -> Carrier:
    """The configured mail server, or the twin without one."""
    return MailServer.of(settings) if settings.smtp_url else Twin()


def message_of(letter: Letter, sender: str) -> EmailMessage:
    """The letter as it travels. Raises Refused for an address or a header that cannot be one."""
    message = EmailMessage(policy=WIRE)
    name, address = parseaddr(sender)
    try:
        message["From"] = Address(name, addr_spec=address)
        message["To"] = Address(addr_spec=letter.address)
        message["Subject"] = letter.subject
    except (ValueError, IndexError, MessageError) as error:  # a line break, or what is no address
        raise Refused("address_invalid", str(error)[:200]) from error
    message["Date"] = format_datetime(letter.created_at)
    domain = address.rpartition("@")[2] or "localhost"
    message["Message-ID"] = f"<sapa-{letter.public_id}@{domain}>"
    message["Content-Language"] = letter.language
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(letter.text)
    message.add_alternative(letter.html, subtype="html")
    return message


def deliver(here: Context, mail_id: int) -> bool:
    """Send one mail if it is due; whether something was done."""
    with here.unit_of_work() as session:
        letter = mails.claim(session, mail_id)
    if letter is None:
        return False
    carrier = carrier_for(here.settings)
    try:
        carrier.send(letter)
    except RetryLater as later:
        with here.unit_of_work() as session:
            mails.postpone(session, mail_id, later.reason)
        log.warning("mail_postponed", mail_id=mail_id, reason=later.reason)
    except Refused as refused:
        with here.unit_of_work() as session:
            mails.mark_failed(session, mail_id, f"{refused.reason_code}: {refused.reason}")
        log.warning("mail_failed", mail_id=mail_id, code=refused.reason_code)
    else:
        with here.unit_of_work() as session:
            mails.mark_sent(session, mail_id)
        ms = round((clock.now() - letter.created_at).total_seconds() * 1000)
        log.info("mail_sent", mail_id=mail_id, carrier=carrier.name, ms=ms)
    return True


def _refusal(code: int, reason: bytes | str) -> RetryLater | Refused:
    """4xx: the server is busy or the mailbox full for now; 5xx: never."""
    said = reason.decode("utf-8", "replace") if isinstance(reason, bytes) else reason
    if code >= 500:
        return Refused(f"smtp_{code}", said[:200])
    return RetryLater(f"smtp_{code}")


def _on_this_machine(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
