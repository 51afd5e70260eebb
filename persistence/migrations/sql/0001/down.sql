-- Takes everything away but the roles, which belong to the cluster.
DROP SCHEMA jobs CASCADE;
DROP TABLE
    webhook_sends, webhook_messages, webhook_endpoints,
    wallet_transactions, wallets, ledger_entries, ledger_transactions, ledger_accounts, reward_deliveries,
    play_watches, player_rhythms, win_counts,
    game_alerts, game_analytics, game_configurations, game_events, game_logs,
    audit_heads, audit_logs, broadcasts, outbox, idempotency_keys,
    point_sources, tournament_participants, tournament_points, tournament_totals,
    tournament_prizes, tournament_winners, tournaments,
    raffle_winners, raffle_tickets, raffle_draws, raffle_campaigns, raffle_configurations,
    raffle_ticket_allocation_policies,
    jackpot_events, jackpot_prizes, jackpot_tickets, jackpot_games,
    spin_voids, chance_grants, open_spins, spin_requests, spin_results, spin_sessions, spin_chances,
    fairness_epochs, reward_player_stocks, reward_stocks, wheel_rewards, wheel_versions, wheel_games,
    game_templates, game_engines,
    players, revocations, tenant_keys, api_keys, tenants;

DROP FUNCTION public.wheelhouse_ledger_balances();
DROP FUNCTION public.wheelhouse_create_partitions(integer);
DROP FUNCTION public.wheelhouse_expect_few_tenants(regclass);
DROP FUNCTION public.wheelhouse_uuid_at(timestamptz);

REVOKE ALL ON SCHEMA public FROM wheelhouse_server, wheelhouse_platform, wheelhouse_maintenance, wheelhouse_owner;
