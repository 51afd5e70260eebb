CREATE TABLE game_engines (
    tenant_id uuid NOT NULL,
    id uuid DEFAULT uuidv7() NOT NULL,
    engine_name varchar(200) NOT NULL,
    engine_type varchar(64) NOT NULL,
    engine_version varchar(32) NOT NULL,
    engine_status varchar(32) DEFAULT 'draft' NOT NULL,
    engine_config jsonb DEFAULT '{}'::jsonb NOT NULL,
    engine_capabilities jsonb DEFAULT '{}'::jsonb NOT NULL,
    is_active boolean DEFAULT true NOT NULL,
    row_version integer DEFAULT 1 NOT NULL,
    created_at timestamptz DEFAULT clock_timestamp() NOT NULL,
    updated_at timestamptz DEFAULT clock_timestamp() NOT NULL,
    CONSTRAINT pk_game_engines PRIMARY KEY (tenant_id, id),
    CONSTRAINT ck_game_engines_engine_status CHECK (engine_status IN ('active', 'draft', 'maintenance', 'retired')),
    CONSTRAINT uq_game_engines_tenant_id_engine_name_engine_version UNIQUE (tenant_id, engine_name, engine_version),
    CONSTRAINT fk_game_engines_tenant_id FOREIGN KEY (tenant_id) REFERENCES tenants (id) ON DELETE RESTRICT
);

CREATE TABLE game_templates (
    tenant_id uuid NOT NULL,
    id uuid DEFAULT uuidv7() NOT NULL,
    game_engine_id uuid,
    template_name varchar(200) NOT NULL,
    template_type varchar(64) NOT NULL,
    template_category varchar(64),
    template_description text,
    template_config jsonb DEFAULT '{}'::jsonb NOT NULL,
    game_rules jsonb DEFAULT '{}'::jsonb NOT NULL,
    reward_config jsonb DEFAULT '{}'::jsonb NOT NULL,
    is_active boolean DEFAULT true NOT NULL,
    row_version integer DEFAULT 1 NOT NULL,
    created_at timestamptz DEFAULT clock_timestamp() NOT NULL,
    updated_at timestamptz DEFAULT clock_timestamp() NOT NULL,
    CONSTRAINT pk_game_templates PRIMARY KEY (tenant_id, id),
    CONSTRAINT ck_game_templates_template_type CHECK (template_type IN ('jackpot', 'raffle', 'tournament', 'wheel')),
    CONSTRAINT ck_game_templates_engine_of_a_wheel CHECK ((template_type = 'wheel') = (game_engine_id IS NOT NULL)),
    CONSTRAINT uq_game_templates_tenant_id_template_name UNIQUE (tenant_id, template_name),
    CONSTRAINT fk_game_templates_tenant_id_game_engine_id
        FOREIGN KEY (tenant_id, game_engine_id) REFERENCES game_engines (tenant_id, id) ON DELETE RESTRICT,
    CONSTRAINT fk_game_templates_tenant_id FOREIGN KEY (tenant_id) REFERENCES tenants (id) ON DELETE RESTRICT
);
