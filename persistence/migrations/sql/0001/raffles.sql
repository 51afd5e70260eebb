CREATE TABLE raffle_campaigns (
    tenant_id uuid NOT NULL,
    id uuid DEFAULT uuidv7() NOT NULL,
    campaign_name varchar(200) NOT NULL,
    campaign_description text,
    campaign_status varchar(32) DEFAULT 'draft' NOT NULL,
    start_time timestamptz NOT NULL,
    end_time timestamptz NOT NULL,
    ticket_price integer DEFAULT 0 NOT NULL,
    total_tickets integer,
    sold_tickets integer DEFAULT 0 NOT NULL,
    campaign_type varchar(32) NOT NULL,
    campaign_config jsonb DEFAULT '{}'::jsonb NOT NULL,
    numbers_given integer DEFAULT 0 NOT NULL,
    sold_version integer DEFAULT 0 NOT NULL,
    row_version integer DEFAULT 1 NOT NULL,
    created_at timestamptz DEFAULT clock_timestamp() NOT NULL,
    updated_at timestamptz DEFAULT clock_timestamp() NOT NULL,
    CONSTRAINT pk_raffle_campaigns PRIMARY KEY (tenant_id, id),
    CONSTRAINT ck_raffle_campaigns_campaign_status
        CHECK (campaign_status IN (
            'cancelled', 'closed', 'committed', 'draft', 'drawing', 'drawn', 'on_sale', 'paused', 'settled'
        )),
    CONSTRAINT ck_raffle_campaigns_campaign_type
        CHECK (campaign_type IN ('earned', 'free', 'grand', 'paid', 'recurring')),
    CONSTRAINT ck_raffle_campaigns_ticket_price CHECK (ticket_price >= 0),
    CONSTRAINT ck_raffle_campaigns_never_oversold CHECK (0 <= sold_tickets AND sold_tickets <= total_tickets),
    CONSTRAINT ck_raffle_campaigns_starts_before_it_ends CHECK (start_time < end_time),
    CONSTRAINT fk_raffle_campaigns_tenant_id FOREIGN KEY (tenant_id) REFERENCES tenants (id) ON DELETE RESTRICT
);

CREATE TABLE raffle_configurations (
    tenant_id uuid NOT NULL,
    id uuid DEFAULT uuidv7() NOT NULL,
    config_name varchar(200) NOT NULL,
    config_type varchar(64) NOT NULL,
    config_values jsonb DEFAULT '{}'::jsonb NOT NULL,
    is_active boolean DEFAULT true NOT NULL,
    row_version integer DEFAULT 1 NOT NULL,
    created_at timestamptz DEFAULT clock_timestamp() NOT NULL,
    updated_at timestamptz DEFAULT clock_timestamp() NOT NULL,
    CONSTRAINT pk_raffle_configurations PRIMARY KEY (tenant_id, id),
    CONSTRAINT uq_raffle_configurations_tenant_id_config_name UNIQUE (tenant_id, config_name),
    CONSTRAINT fk_raffle_configurations_tenant_id FOREIGN KEY (tenant_id) REFERENCES tenants (id) ON DELETE RESTRICT
);

CREATE TABLE raffle_ticket_allocation_policies (
    tenant_id uuid NOT NULL,
    id uuid DEFAULT uuidv7() NOT NULL,
    policy_name varchar(200) NOT NULL,
    allocation_policy varchar(32) NOT NULL,
    policy_config jsonb DEFAULT '{}'::jsonb NOT NULL,
    is_active boolean DEFAULT true NOT NULL,
    row_version integer DEFAULT 1 NOT NULL,
    created_at timestamptz DEFAULT clock_timestamp() NOT NULL,
    updated_at timestamptz DEFAULT clock_timestamp() NOT NULL,
    CONSTRAINT pk_raffle_ticket_allocation_policies PRIMARY KEY (tenant_id, id),
    CONSTRAINT ck_raffle_ticket_allocation_policies_allocation_policy
        CHECK (allocation_policy IN (
            'action', 'free_entry', 'per_deposit', 'per_stake', 'purchase', 'tiered_multiplier'
        )),
    CONSTRAINT uq_raffle_ticket_allocation_policies_tenant_id_policy_name UNIQUE (tenant_id, policy_name),
    CONSTRAINT fk_raffle_ticket_allocation_policies_tenant_id
        FOREIGN KEY (tenant_id) REFERENCES tenants (id) ON DELETE RESTRICT
);

CREATE TABLE raffle_draws (
    tenant_id uuid NOT NULL,
    id uuid DEFAULT uuidv7() NOT NULL,
    raffle_campaign_id uuid NOT NULL,
    draw_name varchar(200) NOT NULL,
    draw_time timestamptz NOT NULL,
    draw_status varchar(32) DEFAULT 'scheduled' NOT NULL,
    total_tickets integer DEFAULT 0 NOT NULL,
    winning_tickets integer DEFAULT 0 NOT NULL,
    draw_results jsonb DEFAULT '{}'::jsonb NOT NULL,
    server_seed_encrypted bytea,
    holder_salt_encrypted bytea,
    row_version integer DEFAULT 1 NOT NULL,
    created_at timestamptz DEFAULT clock_timestamp() NOT NULL,
    updated_at timestamptz DEFAULT clock_timestamp() NOT NULL,
    CONSTRAINT pk_raffle_draws PRIMARY KEY (tenant_id, id),
    CONSTRAINT fk_raffle_draws_tenant_id_raffle_campaign_id
        FOREIGN KEY (tenant_id, raffle_campaign_id) REFERENCES raffle_campaigns (tenant_id, id) ON DELETE RESTRICT,
    CONSTRAINT ck_raffle_draws_draw_status
        CHECK (draw_status IN ('executed', 'failed', 'list_published', 'published', 'scheduled')),
    CONSTRAINT ck_raffle_draws_tickets_not_negative CHECK (total_tickets >= 0 AND winning_tickets >= 0),
    CONSTRAINT fk_raffle_draws_tenant_id FOREIGN KEY (tenant_id) REFERENCES tenants (id) ON DELETE RESTRICT
);
CREATE INDEX ix_raffle_draws_tenant_id_raffle_campaign_id ON raffle_draws (tenant_id, raffle_campaign_id);

CREATE TABLE raffle_tickets (
    tenant_id uuid NOT NULL,
    id uuid DEFAULT uuidv7() NOT NULL,
    raffle_campaign_id uuid NOT NULL,
    user_id varchar(128) NOT NULL,
    ticket_number varchar(32) NOT NULL,
    ticket_status varchar(32) DEFAULT 'reserved' NOT NULL,
    ticket_purchased_at timestamptz,
    purchase_id uuid NOT NULL,
    reserved_until timestamptz NOT NULL,
    row_version integer DEFAULT 1 NOT NULL,
    created_at timestamptz DEFAULT clock_timestamp() NOT NULL,
    updated_at timestamptz DEFAULT clock_timestamp() NOT NULL,
    CONSTRAINT pk_raffle_tickets PRIMARY KEY (tenant_id, id),
    CONSTRAINT fk_raffle_tickets_tenant_id_raffle_campaign_id
        FOREIGN KEY (tenant_id, raffle_campaign_id) REFERENCES raffle_campaigns (tenant_id, id) ON DELETE RESTRICT,
    CONSTRAINT ck_raffle_tickets_ticket_status
        CHECK (ticket_status IN ('losing', 'refunded', 'reserved', 'sold', 'void', 'winning')),
    CONSTRAINT uq_raffle_tickets_tenant_id_raffle_campaign_id_ticket_number
        UNIQUE (tenant_id, raffle_campaign_id, ticket_number),
    CONSTRAINT fk_raffle_tickets_tenant_id FOREIGN KEY (tenant_id) REFERENCES tenants (id) ON DELETE RESTRICT
);
CREATE INDEX ix_raffle_tickets_tenant_id_purchase_id ON raffle_tickets (tenant_id, purchase_id);
CREATE INDEX ix_raffle_tickets_tenant_id_user_id_created_at ON raffle_tickets (tenant_id, user_id, created_at);
CREATE INDEX ix_raffle_tickets_reserved ON raffle_tickets (tenant_id, raffle_campaign_id, reserved_until)
    WHERE ticket_status = 'reserved';

CREATE TABLE raffle_winners (
    tenant_id uuid NOT NULL,
    id uuid DEFAULT uuidv7() NOT NULL,
    raffle_draw_id uuid NOT NULL,
    raffle_ticket_id uuid NOT NULL,
    user_id varchar(128) NOT NULL,
    winner_status varchar(32) DEFAULT 'drawn' NOT NULL,
    prize_type varchar(32) NOT NULL,
    prize_amount numeric(20, 4) DEFAULT 0 NOT NULL,
    winner_announced_at timestamptz DEFAULT clock_timestamp() NOT NULL,
    row_version integer DEFAULT 1 NOT NULL,
    created_at timestamptz DEFAULT clock_timestamp() NOT NULL,
    updated_at timestamptz DEFAULT clock_timestamp() NOT NULL,
    CONSTRAINT pk_raffle_winners PRIMARY KEY (tenant_id, id),
    CONSTRAINT fk_raffle_winners_tenant_id_raffle_draw_id
        FOREIGN KEY (tenant_id, raffle_draw_id) REFERENCES raffle_draws (tenant_id, id) ON DELETE RESTRICT,
    CONSTRAINT fk_raffle_winners_tenant_id_raffle_ticket_id
        FOREIGN KEY (tenant_id, raffle_ticket_id) REFERENCES raffle_tickets (tenant_id, id) ON DELETE RESTRICT,
    CONSTRAINT ck_raffle_winners_winner_status
        CHECK (winner_status IN ('claimed', 'drawn', 'forfeited', 'paid', 'verified')),
    CONSTRAINT ck_raffle_winners_prize_amount CHECK (prize_amount >= 0),
    CONSTRAINT uq_raffle_winners_tenant_id_raffle_draw_id_raffle_ticket_id
        UNIQUE (tenant_id, raffle_draw_id, raffle_ticket_id),
    CONSTRAINT fk_raffle_winners_tenant_id FOREIGN KEY (tenant_id) REFERENCES tenants (id) ON DELETE RESTRICT
);
CREATE INDEX ix_raffle_winners_tenant_id_user_id_created_at ON raffle_winners (tenant_id, user_id, created_at);
