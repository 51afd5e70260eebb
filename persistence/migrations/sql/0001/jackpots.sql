CREATE TABLE jackpot_games (
    tenant_id uuid NOT NULL,
    id uuid DEFAULT uuidv7() NOT NULL,
    jackpot_title varchar(200) NOT NULL,
    jackpot_description text,
    jackpot_banner text,
    jackpot_stake numeric(20, 4) NOT NULL,
    start_time timestamptz NOT NULL,
    end_time timestamptz NOT NULL,
    locks_at timestamptz NOT NULL,
    jackpot_status varchar(32) DEFAULT 'draft' NOT NULL,
    supported_mode varchar(32) DEFAULT 'online' NOT NULL,
    jackpot_id varchar(64) NOT NULL,
    created_by varchar(128) NOT NULL,
    jackpot_config jsonb DEFAULT '{}'::jsonb NOT NULL,
    pool_amount numeric(20, 4) DEFAULT 0 NOT NULL,
    pool_version bigint DEFAULT 0 NOT NULL,
    row_version integer DEFAULT 1 NOT NULL,
    created_at timestamptz DEFAULT clock_timestamp() NOT NULL,
    updated_at timestamptz DEFAULT clock_timestamp() NOT NULL,
    CONSTRAINT pk_jackpot_games PRIMARY KEY (tenant_id, id),
    CONSTRAINT ck_jackpot_games_jackpot_status
        CHECK (jackpot_status IN ('cancelled', 'draft', 'locked', 'open', 'resulting', 'settled', 'settling')),
    CONSTRAINT ck_jackpot_games_supported_mode CHECK (supported_mode IN ('both', 'online', 'retail')),
    CONSTRAINT ck_jackpot_games_jackpot_stake CHECK (jackpot_stake >= 0),
    CONSTRAINT ck_jackpot_games_pool_amount CHECK (pool_amount >= 0),
    CONSTRAINT ck_jackpot_games_starts_before_it_ends CHECK (start_time < end_time),
    CONSTRAINT ck_jackpot_games_locks_at CHECK (locks_at <= end_time),
    CONSTRAINT uq_jackpot_games_tenant_id_jackpot_id UNIQUE (tenant_id, jackpot_id),
    CONSTRAINT fk_jackpot_games_tenant_id FOREIGN KEY (tenant_id) REFERENCES tenants (id) ON DELETE RESTRICT
);

CREATE TABLE jackpot_events (
    tenant_id uuid NOT NULL,
    id uuid DEFAULT uuidv7() NOT NULL,
    jackpot_game_id uuid NOT NULL,
    event_name varchar(200) NOT NULL,
    event_type varchar(64) NOT NULL,
    event_pick text NOT NULL,
    event_result text,
    event_status varchar(32) DEFAULT 'scheduled' NOT NULL,
    event_config jsonb DEFAULT '{}'::jsonb NOT NULL,
    row_version integer DEFAULT 1 NOT NULL,
    created_at timestamptz DEFAULT clock_timestamp() NOT NULL,
    updated_at timestamptz DEFAULT clock_timestamp() NOT NULL,
    CONSTRAINT pk_jackpot_events PRIMARY KEY (tenant_id, id),
    CONSTRAINT fk_jackpot_events_tenant_id_jackpot_game_id
        FOREIGN KEY (tenant_id, jackpot_game_id) REFERENCES jackpot_games (tenant_id, id) ON DELETE RESTRICT,
    CONSTRAINT ck_jackpot_events_event_status
        CHECK (event_status IN ('live', 'postponed', 'resulted', 'retired', 'scheduled', 'void')),
    CONSTRAINT fk_jackpot_events_tenant_id FOREIGN KEY (tenant_id) REFERENCES tenants (id) ON DELETE RESTRICT
);
CREATE INDEX ix_jackpot_events_tenant_id_jackpot_game_id ON jackpot_events (tenant_id, jackpot_game_id);

CREATE TABLE jackpot_prizes (
    tenant_id uuid NOT NULL,
    id uuid DEFAULT uuidv7() NOT NULL,
    jackpot_game_id uuid NOT NULL,
    prize_name varchar(200) NOT NULL,
    prize_amount numeric(20, 4) DEFAULT 0 NOT NULL,
    prize_type varchar(32) NOT NULL,
    prize_status varchar(32) DEFAULT 'open' NOT NULL,
    prize_config jsonb DEFAULT '{}'::jsonb NOT NULL,
    row_version integer DEFAULT 1 NOT NULL,
    created_at timestamptz DEFAULT clock_timestamp() NOT NULL,
    updated_at timestamptz DEFAULT clock_timestamp() NOT NULL,
    CONSTRAINT pk_jackpot_prizes PRIMARY KEY (tenant_id, id),
    CONSTRAINT fk_jackpot_prizes_tenant_id_jackpot_game_id
        FOREIGN KEY (tenant_id, jackpot_game_id) REFERENCES jackpot_games (tenant_id, id) ON DELETE RESTRICT,
    CONSTRAINT ck_jackpot_prizes_prize_type CHECK (prize_type IN ('consolation', 'fixed', 'main', 'pool_share')),
    CONSTRAINT ck_jackpot_prizes_prize_amount CHECK (prize_amount >= 0),
    CONSTRAINT fk_jackpot_prizes_tenant_id FOREIGN KEY (tenant_id) REFERENCES tenants (id) ON DELETE RESTRICT
);
CREATE INDEX ix_jackpot_prizes_tenant_id_jackpot_game_id ON jackpot_prizes (tenant_id, jackpot_game_id);

CREATE TABLE jackpot_tickets (
    tenant_id uuid NOT NULL,
    id uuid DEFAULT uuidv7() NOT NULL,
    jackpot_game_id uuid NOT NULL,
    user_id varchar(128) NOT NULL,
    ticket_type varchar(32) DEFAULT 'single' NOT NULL,
    ticket_status varchar(32) DEFAULT 'accepted' NOT NULL,
    ticket_stake numeric(20, 4) NOT NULL,
    ticket_picks text NOT NULL,
    ticket_created_at timestamptz DEFAULT clock_timestamp() NOT NULL,
    row_version integer DEFAULT 1 NOT NULL,
    created_at timestamptz DEFAULT clock_timestamp() NOT NULL,
    updated_at timestamptz DEFAULT clock_timestamp() NOT NULL,
    CONSTRAINT pk_jackpot_tickets PRIMARY KEY (tenant_id, id),
    CONSTRAINT fk_jackpot_tickets_tenant_id_jackpot_game_id
        FOREIGN KEY (tenant_id, jackpot_game_id) REFERENCES jackpot_games (tenant_id, id) ON DELETE RESTRICT,
    CONSTRAINT ck_jackpot_tickets_ticket_type CHECK (ticket_type IN ('free', 'permutation', 'single')),
    CONSTRAINT ck_jackpot_tickets_ticket_status
        CHECK (ticket_status IN ('accepted', 'lost', 'paid', 'refunded', 'void', 'won')),
    CONSTRAINT ck_jackpot_tickets_ticket_stake CHECK (ticket_stake >= 0),
    CONSTRAINT fk_jackpot_tickets_tenant_id FOREIGN KEY (tenant_id) REFERENCES tenants (id) ON DELETE RESTRICT
);
CREATE INDEX ix_jackpot_tickets_tenant_id_jackpot_game_id_id ON jackpot_tickets (tenant_id, jackpot_game_id, id);
CREATE INDEX ix_jackpot_tickets_tenant_id_user_id_created_at ON jackpot_tickets (tenant_id, user_id, created_at);
