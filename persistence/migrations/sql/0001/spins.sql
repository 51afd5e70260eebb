CREATE TABLE spin_chances (
    tenant_id uuid NOT NULL,
    id uuid DEFAULT uuidv7() NOT NULL,
    user_id varchar(128) NOT NULL,
    chance_type varchar(32) NOT NULL,
    chance_status varchar(32) DEFAULT 'active' NOT NULL,
    award_reason text,
    chance_count integer NOT NULL,
    used_chances integer DEFAULT 0 NOT NULL,
    remaining_chances integer NOT NULL,
    awarded_at timestamptz DEFAULT clock_timestamp() NOT NULL,
    expires_at timestamptz,
    chance_metadata jsonb DEFAULT '{}'::jsonb NOT NULL,
    row_version integer DEFAULT 1 NOT NULL,
    created_at timestamptz DEFAULT clock_timestamp() NOT NULL,
    updated_at timestamptz DEFAULT clock_timestamp() NOT NULL,
    CONSTRAINT pk_spin_chances PRIMARY KEY (tenant_id, id),
    CONSTRAINT ck_spin_chances_chance_type
        CHECK (chance_type IN ('bonus', 'deposit', 'manual', 'purchase', 'reward', 'visit')),
    CONSTRAINT ck_spin_chances_chance_status CHECK (chance_status IN ('active', 'exhausted', 'expired', 'revoked')),
    CONSTRAINT ck_spin_chances_chances_add_up CHECK (used_chances + remaining_chances = chance_count),
    CONSTRAINT ck_spin_chances_chances_not_negative CHECK (used_chances >= 0 AND remaining_chances >= 0),
    CONSTRAINT fk_spin_chances_tenant_id FOREIGN KEY (tenant_id) REFERENCES tenants (id) ON DELETE RESTRICT
) WITH (fillfactor = 80);
CREATE INDEX ix_spin_chances_expiring ON spin_chances (expires_at, tenant_id) WHERE chance_status = 'active' AND expires_at IS NOT NULL;
CREATE INDEX ix_spin_chances_spendable ON spin_chances
    (tenant_id, user_id, expires_at, awarded_at, id) WHERE chance_status = 'active';
CREATE INDEX ix_spin_chances_tenant_id_user_id_created_at ON spin_chances (tenant_id, user_id, created_at);

CREATE TABLE chance_grants (
    tenant_id uuid NOT NULL,
    source varchar(32) NOT NULL,
    source_key varchar(200) NOT NULL,
    spin_chance_id uuid NOT NULL,
    created_at timestamptz DEFAULT clock_timestamp() NOT NULL,
    CONSTRAINT pk_chance_grants PRIMARY KEY (tenant_id, source, source_key),
    CONSTRAINT fk_chance_grants_tenant_id_spin_chance_id
        FOREIGN KEY (tenant_id, spin_chance_id) REFERENCES spin_chances (tenant_id, id) ON DELETE RESTRICT,
    CONSTRAINT fk_chance_grants_tenant_id FOREIGN KEY (tenant_id) REFERENCES tenants (id) ON DELETE RESTRICT
);

CREATE TABLE spin_sessions (
    tenant_id uuid NOT NULL,
    id uuid DEFAULT uuidv7() NOT NULL,
    wheel_game_id uuid NOT NULL,
    user_id varchar(128) NOT NULL,
    session_id varchar(64) NOT NULL,
    spin_status varchar(32) DEFAULT 'requested' NOT NULL,
    spin_started_at timestamptz NOT NULL,
    spin_completed_at timestamptz,
    spin_duration_ms integer NOT NULL,
    spin_metadata jsonb DEFAULT '{}'::jsonb NOT NULL,
    wheel_version_id uuid NOT NULL,
    fairness_epoch_id uuid NOT NULL,
    nonce bigint NOT NULL,
    stops_at timestamptz NOT NULL,
    spin_chance_id uuid,
    void_reason text,
    row_version integer DEFAULT 1 NOT NULL,
    created_at timestamptz DEFAULT clock_timestamp() NOT NULL,
    updated_at timestamptz DEFAULT clock_timestamp() NOT NULL,
    CONSTRAINT pk_spin_sessions PRIMARY KEY (tenant_id, id),
    CONSTRAINT fk_spin_sessions_tenant_id_wheel_game_id
        FOREIGN KEY (tenant_id, wheel_game_id) REFERENCES wheel_games (tenant_id, id) ON DELETE RESTRICT,
    CONSTRAINT fk_spin_sessions_tenant_id_wheel_version_id
        FOREIGN KEY (tenant_id, wheel_version_id) REFERENCES wheel_versions (tenant_id, id) ON DELETE RESTRICT,
    CONSTRAINT fk_spin_sessions_tenant_id_fairness_epoch_id
        FOREIGN KEY (tenant_id, fairness_epoch_id) REFERENCES fairness_epochs (tenant_id, id) ON DELETE RESTRICT,
    CONSTRAINT fk_spin_sessions_tenant_id_spin_chance_id
        FOREIGN KEY (tenant_id, spin_chance_id) REFERENCES spin_chances (tenant_id, id) ON DELETE RESTRICT,
    CONSTRAINT ck_spin_sessions_spin_status CHECK (spin_status IN ('committed', 'completed', 'requested', 'voided')),
    CONSTRAINT ck_spin_sessions_nonce CHECK (nonce >= 0),
    CONSTRAINT ck_spin_sessions_spin_duration_ms CHECK (spin_duration_ms >= 0),
    CONSTRAINT fk_spin_sessions_tenant_id FOREIGN KEY (tenant_id) REFERENCES tenants (id) ON DELETE RESTRICT
) PARTITION BY RANGE (id);
CREATE INDEX ix_spin_sessions_tenant_id_user_id_created_at ON spin_sessions (tenant_id, user_id, created_at);
CREATE INDEX ix_spin_sessions_tenant_id_wheel_game_id_id ON spin_sessions (tenant_id, wheel_game_id, id);

CREATE TABLE open_spins (
    tenant_id uuid NOT NULL,
    session_id uuid NOT NULL,
    user_id varchar(128) NOT NULL,
    wheel_game_id uuid NOT NULL,
    request_id varchar(64) NOT NULL,
    started_at timestamptz NOT NULL,
    stops_at timestamptz NOT NULL,
    duration_ms integer NOT NULL,
    plan bytea NOT NULL,
    featured boolean DEFAULT false NOT NULL,
    revealed_at timestamptz,
    CONSTRAINT pk_open_spins PRIMARY KEY (tenant_id, session_id),
    CONSTRAINT fk_open_spins_tenant_id_session_id
        FOREIGN KEY (tenant_id, session_id) REFERENCES spin_sessions (tenant_id, id) ON DELETE RESTRICT,
    CONSTRAINT fk_open_spins_tenant_id_wheel_game_id
        FOREIGN KEY (tenant_id, wheel_game_id) REFERENCES wheel_games (tenant_id, id) ON DELETE RESTRICT,
    CONSTRAINT fk_open_spins_tenant_id FOREIGN KEY (tenant_id) REFERENCES tenants (id) ON DELETE RESTRICT
);
CREATE INDEX ix_open_spins_tenant_id_user_id ON open_spins (tenant_id, user_id);
CREATE INDEX ix_open_spins_featured ON open_spins (tenant_id, wheel_game_id) WHERE featured AND revealed_at IS NULL;
CREATE INDEX ix_open_spins_turning ON open_spins (stops_at) WHERE revealed_at IS NULL;

CREATE TABLE spin_requests (
    tenant_id uuid NOT NULL,
    user_id varchar(128) NOT NULL,
    request_id varchar(64) NOT NULL,
    session_id uuid NOT NULL,
    wheel_game_id uuid NOT NULL,
    requested_at timestamptz NOT NULL,
    CONSTRAINT pk_spin_requests PRIMARY KEY (tenant_id, user_id, request_id),
    CONSTRAINT fk_spin_requests_tenant_id_session_id
        FOREIGN KEY (tenant_id, session_id) REFERENCES spin_sessions (tenant_id, id) ON DELETE RESTRICT,
    CONSTRAINT fk_spin_requests_tenant_id_wheel_game_id
        FOREIGN KEY (tenant_id, wheel_game_id) REFERENCES wheel_games (tenant_id, id) ON DELETE RESTRICT,
    CONSTRAINT fk_spin_requests_tenant_id FOREIGN KEY (tenant_id) REFERENCES tenants (id) ON DELETE RESTRICT
);

CREATE TABLE spin_results (
    tenant_id uuid NOT NULL,
    id uuid DEFAULT uuidv7() NOT NULL,
    spin_session_id uuid NOT NULL,
    wheel_reward_id uuid NOT NULL,
    user_id varchar(128) NOT NULL,
    result_status varchar(32) DEFAULT 'decided' NOT NULL,
    claim_status varchar(32) NOT NULL,
    paid_amount numeric(20, 4) DEFAULT 0 NOT NULL,
    win_status varchar(32) NOT NULL,
    result_metadata jsonb DEFAULT '{}'::jsonb NOT NULL,
    result_timestamp timestamptz NOT NULL,
    wheel_game_id uuid NOT NULL,
    wheel_version_id uuid NOT NULL,
    position bigint NOT NULL,
    angle_deg double precision NOT NULL,
    reward_range_id uuid NOT NULL,
    row_version integer DEFAULT 1 NOT NULL,
    created_at timestamptz DEFAULT clock_timestamp() NOT NULL,
    updated_at timestamptz DEFAULT clock_timestamp() NOT NULL,
    CONSTRAINT pk_spin_results PRIMARY KEY (tenant_id, id),
    CONSTRAINT fk_spin_results_tenant_id_spin_session_id
        FOREIGN KEY (tenant_id, spin_session_id) REFERENCES spin_sessions (tenant_id, id) ON DELETE RESTRICT,
    CONSTRAINT fk_spin_results_tenant_id_wheel_reward_id
        FOREIGN KEY (tenant_id, wheel_reward_id) REFERENCES wheel_rewards (tenant_id, id) ON DELETE RESTRICT,
    CONSTRAINT fk_spin_results_tenant_id_reward_range_id
        FOREIGN KEY (tenant_id, reward_range_id) REFERENCES wheel_rewards (tenant_id, id) ON DELETE RESTRICT,
    CONSTRAINT fk_spin_results_tenant_id_wheel_game_id
        FOREIGN KEY (tenant_id, wheel_game_id) REFERENCES wheel_games (tenant_id, id) ON DELETE RESTRICT,
    CONSTRAINT fk_spin_results_tenant_id_wheel_version_id
        FOREIGN KEY (tenant_id, wheel_version_id) REFERENCES wheel_versions (tenant_id, id) ON DELETE RESTRICT,
    CONSTRAINT ck_spin_results_result_status CHECK (result_status IN ('decided', 'settled', 'shown', 'voided')),
    CONSTRAINT ck_spin_results_claim_status
        CHECK (claim_status IN ('claimed', 'claiming', 'expired', 'not_required', 'rejected', 'reversed', 'unclaimed')),
    CONSTRAINT ck_spin_results_win_status CHECK (win_status IN ('no_win', 'win')),
    CONSTRAINT ck_spin_results_one_result_a_session CHECK (id = spin_session_id),
    CONSTRAINT ck_spin_results_paid_amount CHECK (paid_amount >= 0),
    CONSTRAINT ck_spin_results_position CHECK ("position" >= 1),
    CONSTRAINT fk_spin_results_tenant_id FOREIGN KEY (tenant_id) REFERENCES tenants (id) ON DELETE RESTRICT
) PARTITION BY RANGE (id);
CREATE INDEX ix_spin_results_tenant_id_user_id_created_at ON spin_results (tenant_id, user_id, created_at);
CREATE INDEX ix_spin_results_wins ON spin_results (tenant_id, wheel_game_id, id) WHERE win_status = 'win';

CREATE TABLE spin_voids (
    tenant_id uuid NOT NULL,
    id uuid DEFAULT uuidv7() NOT NULL,
    spin_session_id uuid NOT NULL,
    user_id varchar(128) NOT NULL,
    void_status varchar(32) DEFAULT 'requested' NOT NULL,
    void_reason text NOT NULL,
    requested_by varchar(128) NOT NULL,
    decided_by varchar(128),
    decided_at timestamptz,
    spin_chance_id uuid,
    row_version integer DEFAULT 1 NOT NULL,
    created_at timestamptz DEFAULT clock_timestamp() NOT NULL,
    updated_at timestamptz DEFAULT clock_timestamp() NOT NULL,
    CONSTRAINT pk_spin_voids PRIMARY KEY (tenant_id, id),
    CONSTRAINT fk_spin_voids_tenant_id_spin_session_id
        FOREIGN KEY (tenant_id, spin_session_id) REFERENCES spin_sessions (tenant_id, id) ON DELETE RESTRICT,
    CONSTRAINT fk_spin_voids_tenant_id_spin_chance_id
        FOREIGN KEY (tenant_id, spin_chance_id) REFERENCES spin_chances (tenant_id, id) ON DELETE RESTRICT,
    CONSTRAINT ck_spin_voids_void_status CHECK (void_status IN ('requested', 'voided', 'withdrawn')),
    CONSTRAINT fk_spin_voids_tenant_id FOREIGN KEY (tenant_id) REFERENCES tenants (id) ON DELETE RESTRICT
);
CREATE UNIQUE INDEX uq_spin_voids_standing ON spin_voids
    (tenant_id, spin_session_id) WHERE void_status IN ('requested', 'voided');
CREATE INDEX ix_spin_voids_tenant_id_void_status_id ON spin_voids (tenant_id, void_status, id);
