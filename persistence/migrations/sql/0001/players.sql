CREATE TABLE players (
    tenant_id uuid NOT NULL,
    id uuid DEFAULT uuidv7() NOT NULL,
    user_id varchar(128) NOT NULL,
    display_name varchar(64),
    player_status varchar(32) DEFAULT 'active' NOT NULL,
    row_version integer DEFAULT 1 NOT NULL,
    created_at timestamptz DEFAULT clock_timestamp() NOT NULL,
    updated_at timestamptz DEFAULT clock_timestamp() NOT NULL,
    CONSTRAINT pk_players PRIMARY KEY (tenant_id, id),
    CONSTRAINT ck_players_player_status CHECK (player_status IN ('active', 'blocked')),
    CONSTRAINT uq_players_tenant_id_user_id UNIQUE (tenant_id, user_id),
    CONSTRAINT fk_players_tenant_id FOREIGN KEY (tenant_id) REFERENCES tenants (id) ON DELETE RESTRICT
);
