CREATE TABLE tournaments (
    tenant_id uuid NOT NULL,
    id uuid DEFAULT uuidv7() NOT NULL,
    tournament_name varchar(200) NOT NULL,
    tournament_description text,
    tournament_type varchar(64) NOT NULL,
    tournament_status varchar(32) DEFAULT 'draft' NOT NULL,
    start_time timestamptz NOT NULL,
    end_time timestamptz NOT NULL,
    max_participants integer,
    current_participants integer DEFAULT 0 NOT NULL,
    tournament_config jsonb DEFAULT '{}'::jsonb NOT NULL,
    board_version bigint DEFAULT 0 NOT NULL,
    row_version integer DEFAULT 1 NOT NULL,
    created_at timestamptz DEFAULT clock_timestamp() NOT NULL,
    updated_at timestamptz DEFAULT clock_timestamp() NOT NULL,
    CONSTRAINT pk_tournaments PRIMARY KEY (tenant_id, id),
    CONSTRAINT ck_tournaments_tournament_status
        CHECK (tournament_status IN ('cancelled', 'draft', 'finalizing', 'registration', 'running', 'settled')),
    CONSTRAINT ck_tournaments_never_overfull
        CHECK (0 <= current_participants AND current_participants <= max_participants),
    CONSTRAINT ck_tournaments_starts_before_it_ends CHECK (start_time < end_time),
    CONSTRAINT fk_tournaments_tenant_id FOREIGN KEY (tenant_id) REFERENCES tenants (id) ON DELETE RESTRICT
);

CREATE TABLE tournament_participants (
    tenant_id uuid NOT NULL,
    id uuid DEFAULT uuidv7() NOT NULL,
    tournament_id uuid NOT NULL,
    user_id varchar(128) NOT NULL,
    display_name varchar(64),
    joined_at timestamptz DEFAULT clock_timestamp() NOT NULL,
    row_version integer DEFAULT 1 NOT NULL,
    created_at timestamptz DEFAULT clock_timestamp() NOT NULL,
    updated_at timestamptz DEFAULT clock_timestamp() NOT NULL,
    CONSTRAINT pk_tournament_participants PRIMARY KEY (tenant_id, id),
    CONSTRAINT fk_tournament_participants_tenant_id_tournament_id
        FOREIGN KEY (tenant_id, tournament_id) REFERENCES tournaments (tenant_id, id) ON DELETE RESTRICT,
    CONSTRAINT uq_tournament_participants_tenant_id_tournament_id_user_id UNIQUE (tenant_id, tournament_id, user_id),
    CONSTRAINT fk_tournament_participants_tenant_id FOREIGN KEY (tenant_id) REFERENCES tenants (id) ON DELETE RESTRICT
);
CREATE INDEX ix_tournament_participants_tenant_id_user_id ON tournament_participants (tenant_id, user_id);

CREATE TABLE tournament_points (
    tenant_id uuid NOT NULL,
    id uuid DEFAULT uuidv7() NOT NULL,
    tournament_id uuid NOT NULL,
    user_id varchar(128) NOT NULL,
    points_earned numeric(20, 4) NOT NULL,
    points_source varchar(32) NOT NULL,
    points_earned_at timestamptz DEFAULT clock_timestamp() NOT NULL,
    points_metadata jsonb DEFAULT '{}'::jsonb NOT NULL,
    source_event_id varchar(200) NOT NULL,
    reverses_id uuid,
    row_version integer DEFAULT 1 NOT NULL,
    created_at timestamptz DEFAULT clock_timestamp() NOT NULL,
    updated_at timestamptz DEFAULT clock_timestamp() NOT NULL,
    CONSTRAINT pk_tournament_points PRIMARY KEY (tenant_id, id),
    CONSTRAINT fk_tournament_points_tenant_id_tournament_id
        FOREIGN KEY (tenant_id, tournament_id) REFERENCES tournaments (tenant_id, id) ON DELETE RESTRICT,
    CONSTRAINT fk_tournament_points_tenant_id_reverses_id
        FOREIGN KEY (tenant_id, reverses_id) REFERENCES tournament_points (tenant_id, id) ON DELETE RESTRICT,
    CONSTRAINT ck_tournament_points_points_source CHECK (points_source IN ('api', 'bet', 'deposit', 'manual', 'spin')),
    CONSTRAINT fk_tournament_points_tenant_id FOREIGN KEY (tenant_id) REFERENCES tenants (id) ON DELETE RESTRICT
);
CREATE INDEX ix_tournament_points_tenant_id_tournament_id_user_id ON tournament_points
    (tenant_id, tournament_id, user_id);
CREATE INDEX ix_tournament_points_tenant_id_user_id_created_at ON tournament_points (tenant_id, user_id, created_at);
CREATE UNIQUE INDEX uq_tournament_points_reverses_id ON tournament_points
    (tenant_id, reverses_id) WHERE reverses_id IS NOT NULL;

CREATE TABLE tournament_totals (
    tenant_id uuid NOT NULL,
    tournament_id uuid NOT NULL,
    user_id varchar(128) NOT NULL,
    total numeric(20, 4) NOT NULL,
    reached_points_id uuid,
    board_version bigint NOT NULL,
    created_at timestamptz DEFAULT clock_timestamp() NOT NULL,
    updated_at timestamptz DEFAULT clock_timestamp() NOT NULL,
    CONSTRAINT pk_tournament_totals PRIMARY KEY (tenant_id, tournament_id, user_id),
    CONSTRAINT fk_tournament_totals_tenant_id_tournament_id
        FOREIGN KEY (tenant_id, tournament_id) REFERENCES tournaments (tenant_id, id) ON DELETE RESTRICT,
    CONSTRAINT fk_tournament_totals_tenant_id FOREIGN KEY (tenant_id) REFERENCES tenants (id) ON DELETE RESTRICT
);
CREATE INDEX ix_tournament_totals_rank ON tournament_totals
    (tenant_id, tournament_id, total DESC, reached_points_id) WHERE reached_points_id IS NOT NULL;
CREATE INDEX ix_tournament_totals_tenant_id_tournament_id_board_version ON tournament_totals
    (tenant_id, tournament_id, board_version);

CREATE TABLE tournament_prizes (
    tenant_id uuid NOT NULL,
    id uuid DEFAULT uuidv7() NOT NULL,
    tournament_id uuid NOT NULL,
    prize_name varchar(200) NOT NULL,
    prize_amount numeric(20, 4) DEFAULT 0 NOT NULL,
    prize_type varchar(32) NOT NULL,
    prize_rank integer NOT NULL,
    prize_status varchar(32) DEFAULT 'open' NOT NULL,
    prize_config jsonb DEFAULT '{}'::jsonb NOT NULL,
    row_version integer DEFAULT 1 NOT NULL,
    created_at timestamptz DEFAULT clock_timestamp() NOT NULL,
    updated_at timestamptz DEFAULT clock_timestamp() NOT NULL,
    CONSTRAINT pk_tournament_prizes PRIMARY KEY (tenant_id, id),
    CONSTRAINT fk_tournament_prizes_tenant_id_tournament_id
        FOREIGN KEY (tenant_id, tournament_id) REFERENCES tournaments (tenant_id, id) ON DELETE RESTRICT,
    CONSTRAINT ck_tournament_prizes_prize_amount CHECK (prize_amount >= 0),
    CONSTRAINT ck_tournament_prizes_prize_rank CHECK (prize_rank >= 1),
    CONSTRAINT uq_tournament_prizes_tenant_id_tournament_id_prize_rank UNIQUE (tenant_id, tournament_id, prize_rank),
    CONSTRAINT fk_tournament_prizes_tenant_id FOREIGN KEY (tenant_id) REFERENCES tenants (id) ON DELETE RESTRICT
);

CREATE TABLE tournament_winners (
    tenant_id uuid NOT NULL,
    id uuid DEFAULT uuidv7() NOT NULL,
    tournament_id uuid NOT NULL,
    user_id varchar(128) NOT NULL,
    winner_rank integer NOT NULL,
    total_points numeric(20, 4) NOT NULL,
    winner_status varchar(32) DEFAULT 'announced' NOT NULL,
    winner_announced_at timestamptz DEFAULT clock_timestamp() NOT NULL,
    row_version integer DEFAULT 1 NOT NULL,
    created_at timestamptz DEFAULT clock_timestamp() NOT NULL,
    updated_at timestamptz DEFAULT clock_timestamp() NOT NULL,
    CONSTRAINT pk_tournament_winners PRIMARY KEY (tenant_id, id),
    CONSTRAINT fk_tournament_winners_tenant_id_tournament_id
        FOREIGN KEY (tenant_id, tournament_id) REFERENCES tournaments (tenant_id, id) ON DELETE RESTRICT,
    CONSTRAINT ck_tournament_winners_winner_rank CHECK (winner_rank >= 1),
    CONSTRAINT uq_tournament_winners_tenant_id_tournament_id_user_id UNIQUE (tenant_id, tournament_id, user_id),
    CONSTRAINT fk_tournament_winners_tenant_id FOREIGN KEY (tenant_id) REFERENCES tenants (id) ON DELETE RESTRICT
);
CREATE INDEX ix_tournament_winners_tenant_id_user_id_created_at ON tournament_winners (tenant_id, user_id, created_at);

CREATE TABLE point_sources (
    tenant_id uuid NOT NULL,
    tournament_id uuid NOT NULL,
    points_source varchar(32) NOT NULL,
    source_event_id varchar(200) NOT NULL,
    points_id uuid NOT NULL,
    created_at timestamptz DEFAULT clock_timestamp() NOT NULL,
    CONSTRAINT pk_point_sources PRIMARY KEY (tenant_id, tournament_id, points_source, source_event_id),
    CONSTRAINT fk_point_sources_tenant_id_tournament_id
        FOREIGN KEY (tenant_id, tournament_id) REFERENCES tournaments (tenant_id, id) ON DELETE RESTRICT,
    CONSTRAINT fk_point_sources_tenant_id_points_id
        FOREIGN KEY (tenant_id, points_id) REFERENCES tournament_points (tenant_id, id) ON DELETE RESTRICT,
    CONSTRAINT ck_point_sources_points_source CHECK (points_source IN ('api', 'bet', 'deposit', 'manual', 'spin')),
    CONSTRAINT fk_point_sources_tenant_id FOREIGN KEY (tenant_id) REFERENCES tenants (id) ON DELETE RESTRICT
);
