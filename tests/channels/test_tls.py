"""One TLS context for all servers, and none that trusts anybody where there is no TLS."""

import ssl
import subprocess
import sys

from triage_bot.channels.tls import client_context, has_roots


def test_all_servers_share_one_context_that_checks_them() -> None:
    context = client_context(used=True)
    assert context is client_context(used=True)
    assert context.check_hostname
    assert context.verify_mode is ssl.CERT_REQUIRED
    assert has_roots() == bool(context.get_ca_certs() or ssl.get_default_verify_paths().capath)


def test_without_tls_nobody_is_trusted() -> None:
    """A redirect to https must not find a context that takes any certificate."""
    context = client_context(used=False)
    assert context.get_ca_certs() == []
    assert context.check_hostname
    assert context.verify_mode is ssl.CERT_REQUIRED


def test_the_library_comes_without_its_command_line() -> None:
    code = (
        "import sys; from triage_bot.channels.telegram_library import import_it; import_it();"
        "import httpx; assert httpx.AsyncClient and 'httpx._main' not in sys.modules;"
        "sys.exit('click' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
