from tests.servers.telegram_chats import api, commitment, courier, impatient

__all__ = ["api", "commitment", "courier", "impatient"]  # fixtures
