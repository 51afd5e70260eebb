CREATE TABLE tenants (
    id uuid DEFAULT uuidv7() NOT NULL,
    tenant_code varchar(64) NOT NULL,
    tenant_name varchar(200) NOT NULL,
    is_active boolean DEFAULT true NOT NULL,
    country_code varchar(32) NOT NULL,
    currency varchar(32) NOT NULL,
    language_code varchar(32) NOT NULL,
    time_zone varchar(64) DEFAULT 'UTC' NOT NULL,
    auth_version bigint DEFAULT 0 NOT NULL,
    row_version integer DEFAULT 1 NOT NULL,
    created_at timestamptz DEFAULT clock_timestamp() NOT NULL,
    updated_at timestamptz DEFAULT clock_timestamp() NOT NULL,
    CONSTRAINT pk_tenants PRIMARY KEY (id),
    CONSTRAINT uq_tenants_tenant_code UNIQUE (tenant_code)
);

CREATE TABLE api_keys (
    id uuid DEFAULT uuidv7() NOT NULL,
    tenant_id uuid,
    key_hash bytea NOT NULL,
    key_prefix varchar(12) NOT NULL,
    role varchar(32) NOT NULL,
    label varchar(200) DEFAULT '' NOT NULL,
    key_status varchar(32) DEFAULT 'active' NOT NULL,
    last_used_at timestamptz,
    row_version integer DEFAULT 1 NOT NULL,
    created_at timestamptz DEFAULT clock_timestamp() NOT NULL,
    updated_at timestamptz DEFAULT clock_timestamp() NOT NULL,
    CONSTRAINT pk_api_keys PRIMARY KEY (id),
    CONSTRAINT ck_api_keys_role CHECK (role IN ('auditor', 'operator', 'platform', 'player', 'service')),
    CONSTRAINT ck_api_keys_key_status CHECK (key_status IN ('active', 'revoked')),
    CONSTRAINT ck_api_keys_tenant_unless_platform CHECK ((tenant_id IS NULL) = (role = 'platform')),
    CONSTRAINT uq_api_keys_key_hash UNIQUE (key_hash),
    CONSTRAINT fk_api_keys_tenant_id FOREIGN KEY (tenant_id) REFERENCES tenants (id) ON DELETE RESTRICT
);
CREATE INDEX ix_api_keys_tenant_id_id ON api_keys (tenant_id, id);

CREATE TABLE tenant_keys (
    tenant_id uuid NOT NULL,
    id uuid DEFAULT uuidv7() NOT NULL,
    kid varchar(128) NOT NULL,
    algorithm varchar(32) NOT NULL,
    key_material bytea NOT NULL,
    key_status varchar(32) DEFAULT 'active' NOT NULL,
    row_version integer DEFAULT 1 NOT NULL,
    created_at timestamptz DEFAULT clock_timestamp() NOT NULL,
    updated_at timestamptz DEFAULT clock_timestamp() NOT NULL,
    CONSTRAINT pk_tenant_keys PRIMARY KEY (tenant_id, id),
    CONSTRAINT ck_tenant_keys_algorithm CHECK (algorithm IN ('ES256', 'EdDSA', 'HS256', 'RS256')),
    CONSTRAINT ck_tenant_keys_key_status CHECK (key_status IN ('active', 'retired')),
    CONSTRAINT uq_tenant_keys_tenant_id_kid UNIQUE (tenant_id, kid),
    CONSTRAINT fk_tenant_keys_tenant_id FOREIGN KEY (tenant_id) REFERENCES tenants (id) ON DELETE RESTRICT
);
