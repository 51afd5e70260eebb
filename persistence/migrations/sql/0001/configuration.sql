CREATE TABLE game_configurations (
    tenant_id uuid NOT NULL,
    id uuid DEFAULT uuidv7() NOT NULL,
    config_name varchar(200) NOT NULL,
    config_type varchar(64) NOT NULL,
    config_values jsonb DEFAULT '{}'::jsonb NOT NULL,
    config_status varchar(32) DEFAULT 'draft' NOT NULL,
    is_default boolean DEFAULT false NOT NULL,
    row_version integer DEFAULT 1 NOT NULL,
    created_at timestamptz DEFAULT clock_timestamp() NOT NULL,
    updated_at timestamptz DEFAULT clock_timestamp() NOT NULL,
    CONSTRAINT pk_game_configurations PRIMARY KEY (tenant_id, id),
    CONSTRAINT ck_game_configurations_config_status CHECK (config_status IN ('draft', 'published', 'superseded')),
    CONSTRAINT fk_game_configurations_tenant_id FOREIGN KEY (tenant_id) REFERENCES tenants (id) ON DELETE RESTRICT
);
CREATE INDEX ix_game_configurations_tenant_id_config_type_config_name ON game_configurations
    (tenant_id, config_type, config_name);
CREATE UNIQUE INDEX uq_game_configurations_default ON game_configurations (tenant_id, config_type) WHERE is_default;
