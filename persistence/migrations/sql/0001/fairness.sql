CREATE TABLE fairness_epochs (
    tenant_id uuid NOT NULL,
    id uuid DEFAULT uuidv7() NOT NULL,
    user_id varchar(128) NOT NULL,
    wheel_game_id uuid NOT NULL,
    epoch_status varchar(32) NOT NULL,
    config_digest char(64) NOT NULL,
    server_seed_encrypted bytea NOT NULL,
    server_seed_hash char(64) NOT NULL,
    client_seed varchar(64) NOT NULL,
    next_nonce bigint DEFAULT 0 NOT NULL,
    activated_at timestamptz,
    revealed_at timestamptz,
    row_version integer DEFAULT 1 NOT NULL,
    created_at timestamptz DEFAULT clock_timestamp() NOT NULL,
    updated_at timestamptz DEFAULT clock_timestamp() NOT NULL,
    CONSTRAINT pk_fairness_epochs PRIMARY KEY (tenant_id, id),
    CONSTRAINT fk_fairness_epochs_tenant_id_wheel_game_id
        FOREIGN KEY (tenant_id, wheel_game_id) REFERENCES wheel_games (tenant_id, id) ON DELETE RESTRICT,
    CONSTRAINT ck_fairness_epochs_epoch_status CHECK (epoch_status IN ('current', 'next', 'revealed')),
    CONSTRAINT ck_fairness_epochs_next_nonce CHECK (next_nonce >= 0),
    CONSTRAINT fk_fairness_epochs_tenant_id FOREIGN KEY (tenant_id) REFERENCES tenants (id) ON DELETE RESTRICT
) WITH (fillfactor = 80);
CREATE UNIQUE INDEX uq_fairness_epochs_current_and_next ON fairness_epochs
    (tenant_id, user_id, wheel_game_id, epoch_status) WHERE epoch_status IN ('current', 'next');
