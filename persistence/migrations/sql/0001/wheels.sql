CREATE TABLE wheel_games (
    tenant_id uuid NOT NULL,
    id uuid DEFAULT uuidv7() NOT NULL,
    game_template_id uuid,
    wheel_name varchar(200) NOT NULL,
    wheel_slug varchar(64) NOT NULL,
    wheel_status varchar(32) DEFAULT 'draft' NOT NULL,
    wheel_description text,
    wheel_config jsonb DEFAULT '{}'::jsonb NOT NULL,
    spin_config jsonb DEFAULT '{}'::jsonb NOT NULL,
    spin_chance_for_page_visit integer DEFAULT 0 NOT NULL,
    is_active boolean DEFAULT true NOT NULL,
    current_version_id uuid,
    opens_at timestamptz,
    closes_at timestamptz,
    row_version integer DEFAULT 1 NOT NULL,
    created_at timestamptz DEFAULT clock_timestamp() NOT NULL,
    updated_at timestamptz DEFAULT clock_timestamp() NOT NULL,
    CONSTRAINT pk_wheel_games PRIMARY KEY (tenant_id, id),
    CONSTRAINT fk_wheel_games_tenant_id_game_template_id
        FOREIGN KEY (tenant_id, game_template_id) REFERENCES game_templates (tenant_id, id) ON DELETE RESTRICT,
    CONSTRAINT ck_wheel_games_wheel_status
        CHECK (wheel_status IN ('active', 'archived', 'draft', 'ended', 'paused', 'scheduled')),
    CONSTRAINT ck_wheel_games_page_visit_chances CHECK (spin_chance_for_page_visit >= 0),
    CONSTRAINT ck_wheel_games_opens_before_it_closes CHECK (opens_at < closes_at),
    CONSTRAINT uq_wheel_games_tenant_id_wheel_slug UNIQUE (tenant_id, wheel_slug),
    CONSTRAINT fk_wheel_games_tenant_id FOREIGN KEY (tenant_id) REFERENCES tenants (id) ON DELETE RESTRICT
);

CREATE TABLE wheel_rewards (
    tenant_id uuid NOT NULL,
    id uuid DEFAULT uuidv7() NOT NULL,
    wheel_game_id uuid NOT NULL,
    reward_label varchar(200) NOT NULL,
    reward_slug varchar(64) NOT NULL,
    reward_type varchar(32) NOT NULL,
    probability numeric(38, 30) NOT NULL,
    reward_color varchar(32),
    reward_description text,
    reward_detail jsonb DEFAULT '{}'::jsonb NOT NULL,
    range_start bigint NOT NULL,
    range_end bigint NOT NULL,
    reward_status varchar(32) DEFAULT 'active' NOT NULL,
    is_active boolean DEFAULT true NOT NULL,
    row_version integer DEFAULT 1 NOT NULL,
    created_at timestamptz DEFAULT clock_timestamp() NOT NULL,
    updated_at timestamptz DEFAULT clock_timestamp() NOT NULL,
    CONSTRAINT pk_wheel_rewards PRIMARY KEY (tenant_id, id),
    CONSTRAINT fk_wheel_rewards_tenant_id_wheel_game_id
        FOREIGN KEY (tenant_id, wheel_game_id) REFERENCES wheel_games (tenant_id, id) ON DELETE RESTRICT,
    CONSTRAINT ck_wheel_rewards_reward_type
        CHECK (reward_type IN ('balance_boost', 'cash', 'free_bet', 'in_kind', 'none', 'spin_chance')),
    CONSTRAINT ck_wheel_rewards_reward_status CHECK (reward_status IN ('active', 'depleted', 'retired')),
    CONSTRAINT ck_wheel_rewards_probability CHECK (probability BETWEEN 0 AND 1),
    CONSTRAINT ck_wheel_rewards_range CHECK (range_start BETWEEN 1 AND range_end AND range_end <= 4294967296),
    CONSTRAINT uq_wheel_rewards_tenant_id_wheel_game_id_reward_slug UNIQUE (tenant_id, wheel_game_id, reward_slug),
    CONSTRAINT fk_wheel_rewards_tenant_id FOREIGN KEY (tenant_id) REFERENCES tenants (id) ON DELETE RESTRICT
);

CREATE TABLE reward_stocks (
    tenant_id uuid NOT NULL,
    wheel_reward_id uuid NOT NULL,
    paid_total integer DEFAULT 0 NOT NULL,
    paid_day date,
    paid_on_day integer DEFAULT 0 NOT NULL,
    shown_total integer DEFAULT 0 NOT NULL,
    created_at timestamptz DEFAULT clock_timestamp() NOT NULL,
    updated_at timestamptz DEFAULT clock_timestamp() NOT NULL,
    CONSTRAINT pk_reward_stocks PRIMARY KEY (tenant_id, wheel_reward_id),
    CONSTRAINT fk_reward_stocks_tenant_id_wheel_reward_id
        FOREIGN KEY (tenant_id, wheel_reward_id) REFERENCES wheel_rewards (tenant_id, id) ON DELETE RESTRICT,
    CONSTRAINT ck_reward_stocks_paid_on_day CHECK (paid_on_day BETWEEN 0 AND paid_total),
    CONSTRAINT ck_reward_stocks_shown_total CHECK (shown_total BETWEEN 0 AND paid_total),
    CONSTRAINT fk_reward_stocks_tenant_id FOREIGN KEY (tenant_id) REFERENCES tenants (id) ON DELETE RESTRICT
) WITH (fillfactor = 80);

CREATE TABLE reward_player_stocks (
    tenant_id uuid NOT NULL,
    wheel_reward_id uuid NOT NULL,
    user_id varchar(128) NOT NULL,
    paid integer NOT NULL,
    created_at timestamptz DEFAULT clock_timestamp() NOT NULL,
    updated_at timestamptz DEFAULT clock_timestamp() NOT NULL,
    CONSTRAINT pk_reward_player_stocks PRIMARY KEY (tenant_id, wheel_reward_id, user_id),
    CONSTRAINT fk_reward_player_stocks_tenant_id_wheel_reward_id
        FOREIGN KEY (tenant_id, wheel_reward_id) REFERENCES wheel_rewards (tenant_id, id) ON DELETE RESTRICT,
    CONSTRAINT ck_reward_player_stocks_paid CHECK (paid > 0),
    CONSTRAINT fk_reward_player_stocks_tenant_id FOREIGN KEY (tenant_id) REFERENCES tenants (id) ON DELETE RESTRICT
);

CREATE TABLE wheel_versions (
    tenant_id uuid NOT NULL,
    id uuid DEFAULT uuidv7() NOT NULL,
    wheel_game_id uuid NOT NULL,
    version_number integer NOT NULL,
    size bigint NOT NULL,
    config_text text NOT NULL,
    config_digest char(64) NOT NULL,
    terms_digest char(64) NOT NULL,
    terms jsonb NOT NULL,
    published_at timestamptz DEFAULT clock_timestamp() NOT NULL,
    row_version integer DEFAULT 1 NOT NULL,
    created_at timestamptz DEFAULT clock_timestamp() NOT NULL,
    updated_at timestamptz DEFAULT clock_timestamp() NOT NULL,
    CONSTRAINT pk_wheel_versions PRIMARY KEY (tenant_id, id),
    CONSTRAINT fk_wheel_versions_tenant_id_wheel_game_id
        FOREIGN KEY (tenant_id, wheel_game_id) REFERENCES wheel_games (tenant_id, id) ON DELETE RESTRICT,
    CONSTRAINT ck_wheel_versions_size CHECK (size BETWEEN 1 AND 4294967296),
    CONSTRAINT uq_wheel_versions_tenant_id_wheel_game_id_version_number
        UNIQUE (tenant_id, wheel_game_id, version_number),
    CONSTRAINT fk_wheel_versions_tenant_id FOREIGN KEY (tenant_id) REFERENCES tenants (id) ON DELETE RESTRICT
);

ALTER TABLE wheel_games ADD CONSTRAINT fk_wheel_games_tenant_id_current_version_id
    FOREIGN KEY (tenant_id, current_version_id) REFERENCES wheel_versions (tenant_id, id) ON DELETE RESTRICT;
