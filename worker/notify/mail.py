"""Mail over SMTP.  Its Message-ID is the same whenever the same notice is sent.

What isn't known is known to be so: until the message itself is sent nothing has arrived; from
then on until the server's answer it may have (RFC 5321, section 4.2.5).
"""

from __future__ import annotations

import smtplib
import ssl
from contextlib import suppress
from email.message import EmailMessage
from email.utils import format_datetime
from typing import TYPE_CHECKING

import structlog

from complaints.notifying import MaybeTold, NotTold, Unreachable
from worker.notify.letters import letter

if TYPE_CHECKING:
    from complaints.store.notices import Notice
    from worker.blocks import Channel

log = structlog.get_logger("redress.mail")


class Mail:
    """One mail server and who is written to."""

    def __init__(self, name: str, block: Channel) -> None:
        self._name = name
        self._block = block

    def wants(self, notice: Notice) -> bool:
        """What concerns a shop goes to those who hear of it."""
        return of_interest(notice, self._name, self._block.shops)

    def tell(self, notice: Notice) -> None:
        """Send one mail.  Raises NotTold and MaybeTold."""
        message = compose(notice, self._block)
        try:
            client = self._connect()
        except smtplib.SMTPAuthenticationError as fault:
            raise Unreachable(f"the mail server refuses the login: {fault.smtp_code}") from None
        except (smtplib.SMTPException, OSError) as fault:
            raise Unreachable(f"no mail server: {type(fault).__name__}") from None
        try:
            self._send(client, message)
        finally:
            with suppress(smtplib.SMTPException, OSError):
                client.quit()

    def _connect(self) -> smtplib.SMTP:
        block = self._block
        timeout = block.timeout_seconds
        if block.security == "tls":
            client: smtplib.SMTP = smtplib.SMTP_SSL(
                block.host, block.its_port, timeout=timeout, context=ssl.create_default_context()
            )
        else:
            client = smtplib.SMTP(block.host, block.its_port, timeout=timeout)
        try:
            if block.security == "starttls":
                client.starttls(context=ssl.create_default_context())
            if block.user:
                password = block.password.get_secret_value() if block.password else ""
                client.login(block.user, password)
        except BaseException:
            client.close()
            raise
        return client

    def _send(self, client: smtplib.SMTP, message: EmailMessage) -> None:
        try:
            client.ehlo_or_helo_if_needed()
            code, said = client.mail(self._block.sender)
            if code != 250:  # noqa: PLR2004 - RFC 5321: requested action completed
                raise NotTold(f"the mail server refuses the sender: {code} {_text(said)}")
            refused = [to for to in self._block.mail_to if client.rcpt(to)[0] not in {250, 251}]
        except (smtplib.SMTPException, OSError) as fault:
            raise Unreachable(f"the mail server went away: {type(fault).__name__}") from None
        if len(refused) == len(self._block.mail_to):
            raise NotTold(f"the mail server refuses {_addresses(len(refused))}")
        try:
            code, said = client.data(message.as_bytes())
        except smtplib.SMTPDataError as fault:
            raise NotTold(f"the mail server takes no message: {fault.smtp_code}") from None
        except (smtplib.SMTPException, OSError) as fault:
            raise MaybeTold(f"the mail server's answer was lost: {type(fault).__name__}") from None
        if code != 250:  # noqa: PLR2004 - as above
            raise NotTold(f"the mail server refuses the message: {code} {_text(said)}")
        if refused:
            log.warning("mail.refused", addresses=len(refused))


def compose(notice: Notice, block: Channel) -> EmailMessage:
    """The mail that tells of a notice."""
    words = letter(notice)
    message = EmailMessage()
    message["Subject"] = words.subject
    message["From"] = block.sender
    message["To"] = ", ".join(block.mail_to)
    message["Date"] = format_datetime(notice.at)
    message["Message-ID"] = f"<redress.{notice.uid}@{block.sender.partition('@')[2]}>"
    message["Auto-Submitted"] = "auto-generated"
    message["X-Redress-Notice"] = notice.key
    message.set_content(words.text)
    return message


def of_interest(notice: Notice, name: str, shops: tuple[str, ...]) -> bool:
    """Whether a notice is for the people of a channel, who hear of these shops; none: of all."""
    shop, channels = notice.facts.get("shop"), notice.facts.get("channels")
    if channels is not None and name not in channels:
        return False
    return not shops or shop is None or shop in shops


def _text(said: bytes | str) -> str:
    text = said.decode("ascii", "replace") if isinstance(said, bytes) else said
    return " ".join(text.split())[:200]


def _addresses(number: int) -> str:
    return "the address" if number == 1 else f"all {number} addresses"
