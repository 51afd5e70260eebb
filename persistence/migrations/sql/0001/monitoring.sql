CREATE TABLE game_analytics (
    tenant_id uuid NOT NULL,
    id uuid DEFAULT uuidv7() NOT NULL,
    analytics_type varchar(64) NOT NULL,
    game_type varchar(64) NOT NULL,
    metric_name varchar(64) NOT NULL,
    metric_value numeric(30, 10) NOT NULL,
    metric_unit varchar(32),
    metric_tags jsonb DEFAULT '{}'::jsonb NOT NULL,
    metric_timestamp timestamptz NOT NULL,
    source_game varchar(200),
    row_version integer DEFAULT 1 NOT NULL,
    created_at timestamptz DEFAULT clock_timestamp() NOT NULL,
    updated_at timestamptz DEFAULT clock_timestamp() NOT NULL,
    CONSTRAINT pk_game_analytics PRIMARY KEY (tenant_id, id),
    CONSTRAINT fk_game_analytics_tenant_id FOREIGN KEY (tenant_id) REFERENCES tenants (id) ON DELETE RESTRICT
) PARTITION BY RANGE (id);
CREATE INDEX ix_game_analytics_tenant_id_metric_name_metric_timestamp ON game_analytics
    (tenant_id, metric_name, metric_timestamp);

CREATE TABLE game_events (
    tenant_id uuid NOT NULL,
    id uuid DEFAULT uuidv7() NOT NULL,
    user_id varchar(128),
    event_type varchar(64) NOT NULL,
    event_category varchar(64) NOT NULL,
    game_id varchar(200),
    event_data jsonb DEFAULT '{}'::jsonb NOT NULL,
    event_status varchar(32) DEFAULT 'recorded' NOT NULL,
    event_timestamp timestamptz DEFAULT clock_timestamp() NOT NULL,
    ip_address varchar(64),
    user_agent text,
    row_version integer DEFAULT 1 NOT NULL,
    created_at timestamptz DEFAULT clock_timestamp() NOT NULL,
    CONSTRAINT pk_game_events PRIMARY KEY (tenant_id, id),
    CONSTRAINT fk_game_events_tenant_id FOREIGN KEY (tenant_id) REFERENCES tenants (id) ON DELETE RESTRICT
) PARTITION BY RANGE (id);
CREATE INDEX ix_game_events_tenant_id_user_id_created_at ON game_events (tenant_id, user_id, created_at);

CREATE TABLE game_alerts (
    tenant_id uuid NOT NULL,
    id uuid DEFAULT uuidv7() NOT NULL,
    game_analytics_id uuid,
    alert_name varchar(200) NOT NULL,
    alert_type varchar(64) NOT NULL,
    alert_subject varchar(300) NOT NULL,
    alert_condition text NOT NULL,
    alert_severity varchar(32) NOT NULL,
    alert_status varchar(32) DEFAULT 'open' NOT NULL,
    alert_message text,
    alert_metadata jsonb DEFAULT '{}'::jsonb NOT NULL,
    triggered_at timestamptz DEFAULT clock_timestamp() NOT NULL,
    acknowledged_at timestamptz,
    acknowledged_by varchar(128),
    ended_at timestamptz,
    ended_by varchar(128),
    end_reason text,
    suppressed_until timestamptz,
    row_version integer DEFAULT 1 NOT NULL,
    created_at timestamptz DEFAULT clock_timestamp() NOT NULL,
    updated_at timestamptz DEFAULT clock_timestamp() NOT NULL,
    CONSTRAINT pk_game_alerts PRIMARY KEY (tenant_id, id),
    CONSTRAINT fk_game_alerts_tenant_id_game_analytics_id
        FOREIGN KEY (tenant_id, game_analytics_id) REFERENCES game_analytics (tenant_id, id) ON DELETE RESTRICT,
    CONSTRAINT ck_game_alerts_alert_severity CHECK (alert_severity IN ('critical', 'info', 'warning')),
    CONSTRAINT ck_game_alerts_alert_status CHECK (alert_status IN ('acknowledged', 'open', 'resolved', 'suppressed')),
    CONSTRAINT fk_game_alerts_tenant_id FOREIGN KEY (tenant_id) REFERENCES tenants (id) ON DELETE RESTRICT
);
CREATE INDEX ix_game_alerts_tenant_id_alert_status ON game_alerts (tenant_id, alert_status);
CREATE UNIQUE INDEX uq_game_alerts_standing ON game_alerts
    (tenant_id, alert_name, alert_subject) WHERE alert_status IN ('open', 'acknowledged');
CREATE INDEX ix_game_alerts_suppressed ON game_alerts
    (tenant_id, alert_name, alert_subject) WHERE alert_status = 'suppressed';

CREATE TABLE game_logs (
    tenant_id uuid NOT NULL,
    id uuid DEFAULT uuidv7() NOT NULL,
    spin_session_id uuid,
    log_level varchar(32) NOT NULL,
    log_message text NOT NULL,
    log_details text,
    log_category varchar(64) NOT NULL,
    log_timestamp timestamptz DEFAULT clock_timestamp() NOT NULL,
    source_component varchar(64) NOT NULL,
    row_version integer DEFAULT 1 NOT NULL,
    created_at timestamptz DEFAULT clock_timestamp() NOT NULL,
    CONSTRAINT pk_game_logs PRIMARY KEY (tenant_id, id),
    CONSTRAINT fk_game_logs_tenant_id_spin_session_id
        FOREIGN KEY (tenant_id, spin_session_id) REFERENCES spin_sessions (tenant_id, id) ON DELETE RESTRICT,
    CONSTRAINT ck_game_logs_log_level CHECK (log_level IN ('critical', 'debug', 'error', 'info', 'warning')),
    CONSTRAINT fk_game_logs_tenant_id FOREIGN KEY (tenant_id) REFERENCES tenants (id) ON DELETE RESTRICT
) PARTITION BY RANGE (id);
