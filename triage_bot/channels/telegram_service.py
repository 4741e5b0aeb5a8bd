"""Telegram's own notes in a chat, which nobody wrote to anybody."""

from triage_bot.channels.telegram_people import Json

# The fields of a Message that the Bot API calls service messages.
_SERVICE = frozenset(
    {
        "pinned_message",
        "message_auto_delete_timer_changed",
        "write_access_allowed",
        "connected_website",
        "chat_background_set",
        "chat_owner_changed",
        "chat_owner_left",
        "chat_shared",
        "users_shared",
        "user_shared",
        "proximity_alert_triggered",
        "giveaway_created",
        "giveaway_completed",
        "boost_added",
        "passport_data",
        "new_chat_members",
        "left_chat_member",
        "new_chat_title",
        "new_chat_photo",
        "delete_chat_photo",
        "group_chat_created",
        "supergroup_chat_created",
        "channel_chat_created",
        "migrate_from_chat_id",
        "forum_topic_created",
        "forum_topic_edited",
        "forum_topic_closed",
        "forum_topic_reopened",
        "general_forum_topic_hidden",
        "general_forum_topic_unhidden",
        "video_chat_scheduled",
        "video_chat_started",
        "video_chat_ended",
        "video_chat_participants_invited",
        "web_app_data",
        "successful_payment",
        "refunded_payment",
        "gift",
        "unique_gift",
        "paid_message_price_changed",
        "direct_message_price_changed",
        "checklist_tasks_done",
        "checklist_tasks_added",
    }
)


def is_service(message: Json) -> bool:
    return any(key in _SERVICE for key in message)
