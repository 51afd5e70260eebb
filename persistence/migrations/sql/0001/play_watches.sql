CREATE TABLE play_watches (
    tenant_id uuid NOT NULL,
    seen_until uuid NOT NULL,
    CONSTRAINT pk_play_watches PRIMARY KEY (tenant_id),
    CONSTRAINT fk_play_watches_tenant_id FOREIGN KEY (tenant_id) REFERENCES tenants (id) ON DELETE RESTRICT
);

CREATE TABLE player_rhythms (
    tenant_id uuid NOT NULL,
    user_id varchar(128) NOT NULL,
    wheel_game_id uuid NOT NULL,
    last_stop timestamptz,
    reactions_ms integer[] DEFAULT '{}'::integer[] NOT NULL,
    CONSTRAINT pk_player_rhythms PRIMARY KEY (tenant_id, user_id, wheel_game_id),
    CONSTRAINT fk_player_rhythms_tenant_id_wheel_game_id
        FOREIGN KEY (tenant_id, wheel_game_id) REFERENCES wheel_games (tenant_id, id) ON DELETE RESTRICT,
    CONSTRAINT fk_player_rhythms_tenant_id FOREIGN KEY (tenant_id) REFERENCES tenants (id) ON DELETE RESTRICT
) WITH (fillfactor = 80);

CREATE TABLE win_counts (
    tenant_id uuid NOT NULL,
    wheel_version_id uuid NOT NULL,
    user_id varchar(128) NOT NULL,
    spins bigint NOT NULL,
    hits bigint NOT NULL,
    CONSTRAINT pk_win_counts PRIMARY KEY (tenant_id, wheel_version_id, user_id),
    CONSTRAINT fk_win_counts_tenant_id_wheel_version_id
        FOREIGN KEY (tenant_id, wheel_version_id) REFERENCES wheel_versions (tenant_id, id) ON DELETE RESTRICT,
    CONSTRAINT ck_win_counts_hits CHECK (hits >= 0 AND hits <= spins),
    CONSTRAINT fk_win_counts_tenant_id FOREIGN KEY (tenant_id) REFERENCES tenants (id) ON DELETE RESTRICT
) WITH (fillfactor = 80);
