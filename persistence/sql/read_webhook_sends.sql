-- Sends with their messages, newest first.
-- $1 tenant, and null asks for all: $2 ids, $3 endpoint, $4 message, $5 status, $6 type, $7 before which, $8 how many
SELECT send.id, send.webhook_message_id AS message_id, send.webhook_endpoint_id AS endpoint_id, message.event_type,
    message.payload, message.created_at AS message_at, send.send_status, send.attempts, send.next_attempt_at,
    send.last_status_code, send.last_error, send.last_duration_ms, send.confirmed_at
FROM webhook_sends AS send
JOIN webhook_messages AS message ON message.tenant_id = $1 AND message.id = send.webhook_message_id
WHERE send.tenant_id = $1
    AND ($2::uuid[] IS NULL OR send.id = ANY ($2))
    AND ($3::uuid IS NULL OR send.webhook_endpoint_id = $3)
    AND ($4::uuid IS NULL OR send.webhook_message_id = $4)
    AND ($5::varchar IS NULL OR send.send_status = $5)
    AND ($6::varchar IS NULL OR message.event_type = $6)
    AND ($7::uuid IS NULL OR send.id < $7)
ORDER BY send.id DESC LIMIT $8
