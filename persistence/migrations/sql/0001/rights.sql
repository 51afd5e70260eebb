-- Row-level security on every table, and the least that each role needs. A partition gets no right of its own.

-- A tenant's rows are those of the tenant that the transaction has set; none is set: none are there.
DO $$
DECLARE
    name text;
    owner_column text;
BEGIN
    FOR name, owner_column IN
        SELECT class.relname, CASE class.relname WHEN 'tenants' THEN 'id' ELSE 'tenant_id' END
        FROM pg_class AS class
        WHERE class.relnamespace = 'public'::regnamespace AND class.relkind IN ('r', 'p') AND NOT class.relispartition
            AND class.relname <> 'alembic_version'
    LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY', name);
        EXECUTE format(
            'CREATE POLICY tenant_rows ON %1$I TO wheelhouse_server'
            ' USING (%2$I = nullif(current_setting(''wheelhouse.tenant_id'', true), '''')::uuid)'
            ' WITH CHECK (%2$I = nullif(current_setting(''wheelhouse.tenant_id'', true), '''')::uuid)',
            name, owner_column
        );
        -- data migrations and retention
        EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %I TO wheelhouse_maintenance', name);
    END LOOP;
END $$;

-- The platform room: tenants and their keys whole, and the work lists of all tenants by their ids.
CREATE POLICY platform_rows ON tenants TO wheelhouse_platform USING (true) WITH CHECK (true);
CREATE POLICY platform_rows ON tenant_keys TO wheelhouse_platform USING (true) WITH CHECK (true);
CREATE POLICY platform_rows ON api_keys TO wheelhouse_platform USING (true) WITH CHECK (true);
CREATE POLICY platform_rows ON open_spins FOR SELECT TO wheelhouse_platform USING (true);
CREATE POLICY platform_rows ON tournaments FOR SELECT TO wheelhouse_platform
    USING (tournament_status IN ('registration', 'running', 'finalizing'));
CREATE POLICY platform_rows ON wheel_games FOR SELECT TO wheelhouse_platform
    USING (wheel_status IN ('scheduled', 'active', 'paused'));
CREATE POLICY platform_rows ON jackpot_games FOR SELECT TO wheelhouse_platform USING (jackpot_status = 'open');
CREATE POLICY platform_rows ON raffle_campaigns FOR SELECT TO wheelhouse_platform
    USING (campaign_status IN ('committed', 'on_sale', 'paused'));
CREATE POLICY platform_rows ON raffle_tickets FOR SELECT TO wheelhouse_platform USING (ticket_status = 'reserved');
CREATE POLICY platform_rows ON reward_deliveries FOR SELECT TO wheelhouse_platform
    USING (delivery_status IN ('pending', 'sending', 'failed', 'manual'));
CREATE POLICY platform_rows ON wallet_transactions FOR SELECT TO wheelhouse_platform
    USING (transaction_status IN ('reserved', 'debiting', 'debited', 'rolling_back'));
CREATE POLICY platform_rows ON webhook_sends FOR SELECT TO wheelhouse_platform
    USING (send_status IN ('pending', 'sending', 'failed'));
CREATE POLICY platform_rows ON game_alerts FOR SELECT TO wheelhouse_platform
    USING (alert_status IN ('open', 'acknowledged'));
CREATE POLICY platform_rows ON spin_chances FOR SELECT TO wheelhouse_platform
    USING (chance_status = 'active' AND expires_at IS NOT NULL);
CREATE POLICY platform_rows ON idempotency_keys TO wheelhouse_platform USING (expires_at < clock_timestamp());
CREATE POLICY platform_rows ON outbox FOR SELECT TO wheelhouse_platform USING (published_at IS NULL);

GRANT SELECT, INSERT, UPDATE, DELETE ON tenants, tenant_keys, api_keys TO wheelhouse_platform;
GRANT SELECT (tenant_id, session_id, stops_at, revealed_at) ON open_spins TO wheelhouse_platform;
GRANT SELECT (tenant_id, id, tournament_status, start_time, end_time, tournament_config, board_version)
    ON tournaments TO wheelhouse_platform;
GRANT SELECT (tenant_id, id, wheel_status, opens_at, closes_at) ON wheel_games TO wheelhouse_platform;
GRANT SELECT (tenant_id, id, jackpot_status, locks_at) ON jackpot_games TO wheelhouse_platform;
GRANT SELECT (tenant_id, id, campaign_status, start_time, end_time) ON raffle_campaigns TO wheelhouse_platform;
GRANT SELECT (tenant_id, ticket_status, reserved_until) ON raffle_tickets TO wheelhouse_platform;
GRANT SELECT (tenant_id, id, delivery_status, next_attempt_at) ON reward_deliveries TO wheelhouse_platform;
GRANT SELECT (tenant_id, id, transaction_status, next_attempt_at) ON wallet_transactions TO wheelhouse_platform;
GRANT SELECT (tenant_id, id, send_status, next_attempt_at) ON webhook_sends TO wheelhouse_platform;
GRANT SELECT (tenant_id, id, alert_severity, alert_status) ON game_alerts TO wheelhouse_platform;
GRANT SELECT (tenant_id, chance_status, expires_at) ON spin_chances TO wheelhouse_platform;
GRANT SELECT (tenant_id, id, published_at, created_at) ON outbox TO wheelhouse_platform;
GRANT SELECT (expires_at), DELETE ON idempotency_keys TO wheelhouse_platform;

-- The server: its tenant and the keys to read,
GRANT SELECT ON tenants, tenant_keys, api_keys TO wheelhouse_server;

-- what is written once and never changed,
GRANT SELECT, INSERT ON
    game_events, game_logs, audit_logs,
    wheel_versions, spin_requests, chance_grants, point_sources, tournament_points,
    ledger_transactions, ledger_entries, webhook_messages, broadcasts
TO wheelhouse_server;

-- what changes under its row_version,
GRANT SELECT, INSERT, UPDATE ON
    players, revocations, game_engines, game_templates,
    wheel_games, wheel_rewards, reward_stocks, reward_player_stocks, fairness_epochs, spin_sessions, spin_results, spin_chances, spin_voids,
    jackpot_games, jackpot_events, jackpot_prizes, jackpot_tickets,
    raffle_campaigns, raffle_draws, raffle_tickets, raffle_winners, raffle_configurations,
    raffle_ticket_allocation_policies,
    tournaments, tournament_participants, tournament_totals, tournament_prizes, tournament_winners,
    reward_deliveries, ledger_accounts, wallets, wallet_transactions, webhook_endpoints, webhook_sends,
    play_watches, player_rhythms, win_counts,
    game_analytics, game_alerts, game_configurations, audit_heads
TO wheelhouse_server;

-- and work lists, whose rows go when the work is done.
GRANT SELECT, INSERT, UPDATE, DELETE ON open_spins, outbox, idempotency_keys TO wheelhouse_server;
