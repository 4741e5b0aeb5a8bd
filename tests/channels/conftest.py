from tests.servers.telegram_chats import api, commitment, courier

__all__ = ["api", "commitment", "courier"]  # fixtures
