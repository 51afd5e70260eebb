/** The wire messages of `wheelhouse.v1.json` as types (docs/protocol.md). Nothing here exists when the page runs. */

export interface Position { epoch: string; offset: number }

export interface ErrorBody { code: string; message: string; retry_after_ms?: number }

export interface ChannelEvent<Data = any> {
  type?: "event";
  channel: string;
  event: string;
  data: Data;
  at: string;
  /** Of kept events: counted without a hole in the channel's epoch. */
  offset?: number;
  /** Of latest events: only rises. */
  version?: number;
}

export interface Reply { type: "reply"; id: number; result: any }
export interface ErrorReply { type: "error"; id: number; error: ErrorBody }
export interface Unsubscribed { type: "unsubscribed"; channel: string; code: string; message: string }
export interface Closing { type: "closing"; code: string; reconnect_in_ms?: number }
export type ServerMessage = Reply | ErrorReply | (ChannelEvent & { type: "event" }) | Unsubscribed | Closing;

export interface Fairness {
  epoch_id: string;
  server_seed_hash: string;
  client_seed: string;
  nonce: number;
  config_digest: string;
}
export interface FairnessShown extends Fairness { wheel_id: string; next_server_seed_hash: string }
export interface FairnessView { current: Fairness; next: { server_seed_hash: string } }
export interface Rotation extends FairnessView {
  revealed: Omit<Fairness, "epoch_id"> & { server_seed: string };
}

export interface Proof {
  scheme: string;
  session_id?: string;
  wheel_id?: string;
  server_seed_hash: string;
  server_seed: string | null;
  client_seed: string;
  nonce: number;
  size: number;
  config_digest: string;
  config_text: string;
  position: number;
  /** The reward whose range holds the position. */
  reward_slug: string;
  /** What was paid, when that reward's stock had run out and its declared fallback was paid in its place. */
  paid_reward_slug?: string;
}

export interface RewardShown { id: string; slug: string; label: string; type: string; detail: RewardDetail }
export interface RewardDetail {
  amount?: string; currency?: string; percent?: string; cap?: string; count?: number;
  item?: string; value?: string; expires_in_h?: number; min_odds?: string;
}

export interface SpinStarted {
  session_id: string; wheel_id: string; user: string;
  started_at: string; duration_ms: number; server_seed_hash: string;
}
export interface SpinFrame { wheel_id: string; at_ms: number; spins: [string, number, number][] }
export interface SpinResult {
  session_id: string; wheel_id: string; user: string; reward: RewardShown; angle_deg: number;
  win_status: string; paid_amount: string; claim_status: string; proof: Pick<Proof, "server_seed_hash"> & Partial<Proof>;
  reveal?: Record<string, any>;
}
export interface SpinAccepted {
  session_id: string; request_id: string; server_seed_hash: string; client_seed: string;
  nonce: number; started_at: string; duration_ms: number; replayed: boolean;
}
export interface OpenSpin extends Omit<SpinAccepted, "replayed"> {
  wheel_id: string; status: "turning" | "stopped"; result?: SpinResult;
}

export interface Connected {
  connection: string; tenant: string; user: string; role: string;
  server_time: string; expires_at: string; ping_interval_ms: number;
  limits: { [name: string]: number };
  spins: OpenSpin[]; fairness: FairnessShown[];
}
export interface Subscribed {
  channel: string; epoch: string; offset: number; recovered: boolean;
  events: ChannelEvent[]; latest: { [event: string]: any }; snapshot?: any;
}

export interface ChanceItem {
  id: string; chance_type: string; remaining_chances: number; expires_at: string | null; wheels: string[] | null;
}
export interface Chances { remaining: number; items: ChanceItem[] }
export interface UserSnapshot { chances: Chances; results: SpinResult[]; tickets: unknown[]; ranks: unknown[] }

export interface Reward {
  id: string; reward_slug: string; reward_label: string; reward_type: string;
  reward_color: string | null; reward_description: string | null; reward_detail: RewardDetail;
  probability: string; range_start: number; range_end: number; start_deg: number; sweep_deg: number;
}
export interface Wheel {
  id: string; wheel_name: string; wheel_slug: string; wheel_description: string | null; wheel_status: string;
  wheel_config: { size?: number }; spin_config: { duration_ms?: number; price?: unknown };
  game_template_id: string | null; engine_type: string; engine_status: string;
  engine_config: Record<string, any>; drawing: string;
  spin_chance_for_page_visit: number; opens_at: string | null; closes_at: string | null; created_at: string;
  row_version: number; version_number: number | null; config_digest: string | null; rewards?: Reward[];
}
export interface TurningSpin {
  session_id: string; user: string; started_at: string; duration_ms: number;
  angle_deg: number; velocity_deg_s: number; at_ms: number;
}
export interface Winner {
  session_id: string; user: string; reward_label: string; reward_type: string; paid_amount: string; at: string;
}
export interface WheelSnapshot { wheel: Wheel; rewards: Reward[]; spins: TurningSpin[]; winners: Winner[] }

export interface WheelBrief {
  id: string; wheel_name: string; wheel_slug: string; wheel_status: string; engine_type: string; engine_status: string;
}
export interface JackpotBrief {
  id: string; jackpot_title: string; jackpot_status: string; pool_amount: string; currency: string;
  end_time: string | null;
}
export interface RaffleBrief {
  id: string; campaign_name: string; campaign_status: string; sold_tickets: number;
  total_tickets: number | null; end_time: string | null;
}
export interface TournamentBrief {
  id: string; tournament_name: string; tournament_status: string; current_participants: number;
  max_participants: number | null; end_time: string | null;
}
export interface TenantSnapshot {
  wheels: WheelBrief[]; jackpots: JackpotBrief[]; raffles: RaffleBrief[]; tournaments: TournamentBrief[];
  announcements: Announcement[];
}

/** One row of `GET /api/v1/spins`. */
export interface Play {
  session_id: string; request_id: string; user_id: string; wheel_game_id: string; wheel_version_id: string; spin_status: string;
  spin_duration_ms: number; client_seed: string;
  started_at: string; completed_at: string | null; nonce: number; server_seed_hash: string;
  reward: RewardShown | null; win_status: string | null; paid_amount: string | null;
  claim_status: string | null; angle_deg: number | null;
}

export interface SiteTenant {
  tenant_code: string; tenant_name: string; currency: string; language_code: string; country_code: string;
}
export interface Site { demo: boolean; tenants?: SiteTenant[]; version: string }

export interface BoardRow { user: string; name: string; rank: number; points: string }
export interface OwnStanding { rank: number | null; points: string; name: string }
export interface TournamentPrize {
  id: string; prize_name: string; prize_type: string; prize_amount: string; prize_rank: number; prize_status: string;
  prize_config: { rank_to: number | null };
}
export interface TournamentView {
  id: string; tournament_name: string; tournament_description: string | null; tournament_type: string; tournament_status: string;
  start_time: string; end_time: string; max_participants: number | null; current_participants: number;
  tournament_config: { tie_policy: "earliest" | "split"; join: "automatic" | "required"; grace_s: number };
  row_version: number;
}
export interface TournamentWinner { user: string; name: string; rank: number; points: string; prize_name: string | null }
export interface TournamentSnapshot {
  tournament: TournamentView; prizes: TournamentPrize[]; rows: BoardRow[]; participants: number; version: number;
  me: OwnStanding | null; winners: TournamentWinner[]; server_time: string;
}

export interface JackpotPool { jackpot_id: string; pool_amount: string; currency: string; version: number }
export interface JackpotMessage { id: string; jackpot_id: string; message: string; data: object | null; sent_at: string }
export interface JackpotEvent {
  id: string; event_name: string; event_type: string; event_pick: string; event_result: string | null; event_status: string;
  event_config: { starts_at?: string | null; reserve?: boolean; position?: number | null };
}
export interface JackpotPrize {
  id: string; prize_name: string; prize_type: string; prize_amount: string; prize_status: string;
  prize_config: { correct: number; share_bps?: number | null; fixed?: string | null };
}
export interface JackpotView {
  id: string; jackpot_id: string; jackpot_title: string; jackpot_description: string | null; jackpot_banner: string | null;
  jackpot_stake: string; currency: string; start_time: string; end_time: string; locks_at: string; jackpot_status: string;
  supported_mode: string; jackpot_config: { [name: string]: any }; pool_amount: string; row_version: number;
}
export interface JackpotTicket {
  id: string; jackpot_id: string; user_id: string; ticket_type: "single" | "permutation" | "free"; ticket_status: string;
  ticket_stake: string; currency: string; ticket_picks: string; lines: number; ticket_created_at: string;
}
export interface JackpotSnapshot {
  jackpot: JackpotView; events: JackpotEvent[]; prizes: JackpotPrize[]; pool: JackpotPool; ticket_count: number;
  messages: JackpotMessage[];
}
export interface RaffleView {
  id: string; campaign_name: string; campaign_description: string | null; campaign_status: string; start_time: string;
  end_time: string; ticket_price: number; ticket_amount: string; currency: string; total_tickets: number | null;
  sold_tickets: number; campaign_type: string; campaign_config: { [name: string]: any }; row_version: number;
}
export interface RaffleDraw {
  id: string; draw_name: string; draw_time: string; draw_status: string; winning_tickets: number;
  draw_results: { server_seed_hash?: string };
}
export interface RaffleSold { raffle_id: string; sold_tickets: number; total_tickets: number | null; version: number }
export interface RaffleTicket {
  id: string; raffle_id: string; purchase_id: string; user_id: string; ticket_number: string; ticket_status: string;
  ticket_purchased_at: string | null;
}
export interface RaffleSnapshot { raffle: RaffleView; draws: RaffleDraw[]; sold: RaffleSold; server_time: string }
export interface Announcement { id: string; channel: string; message: string; data: object | null; sent_at: string }

export interface RewardChanged {
  id: string; source: string; source_id: string; reward_type: string; reward_detail: RewardDetail;
  amount: string | null; currency: string | null; delivery_status: string; confirmed_at: string | null; created_at: string;
}
/** A reward as an operator's list shows it. */
export interface DeliveryView extends RewardChanged {
  user_id: string; attempts: number | null; next_attempt_at: string | null; last_error: string | null;
  handled_by: string | null; handling_reason: string | null;
}
export interface Alert {
  id: string; alert_name: string; alert_type: string; alert_subject: string; alert_condition: string; alert_severity: string;
  alert_status: string; alert_message: string; alert_metadata: Record<string, any>; triggered_at: string;
  acknowledged_at: string | null; acknowledged_by: string | null; ended_at: string | null; ended_by: string | null;
  end_reason: string | null; suppressed_until: string | null; row_version: number;
}
export interface LedgerAccount { id: string; account_type: string; holder: string; currency: string; balance: string; created_at: string; updated_at: string }
export interface LedgerEntry {
  id: string; amount: string; balance_after: string; transaction_id: string; transaction_key: string; transaction_kind: string; created_at: string;
}
export interface TrialLine { currency: string; account_type: string; accounts: number; balance: string; entries: string }
export interface WebhookEndpoint {
  id: string; url: string; description: string; event_types: string[]; endpoint_status: string; row_version: number;
  created_at: string; previous_secret_until?: string; secret?: string;
}
export interface WebhookSend {
  id: string; webhook_id: string; event_type: string; send_status: string; attempts: number; next_attempt_at: string | null;
  last_status_code: number | null; last_error: string | null; last_duration_ms: number | null; created_at: string;
}

/** What so many spins of a wheel would cost. */
export interface Simulation {
  wheel_id: string; currency: string; spins: number; players: number; spins_per_day: number; seed: number; price: string | null;
  one_spin: { mean: string; standard_deviation: string; hit_rate: number; return_to_player: number | null; volatility_index: number | null };
  method: "exact" | "monte_carlo"; runs: number | null; mean: string; standard_error: string | null;
  quantiles: { [share: string]: string };
  rewards: { reward_slug: string; reward_label: string; probability: number; hits: number; paid: number; cost: string; exhausted: number | null }[];
  bars: { cost_from: string; cost_to: string; probability: number }[];
}

/** A grant of chances as an operator's list shows it. */
export interface Grant {
  id: string; user_id: string; chance_type: string; chance_status: string; award_reason: string; chance_count: number;
  used_chances: number; remaining_chances: number; awarded_at: string; expires_at: string | null;
  chance_metadata: { wheels?: string[] };
}

/** Tokens that are refused; one of a user that is `blocked` refuses those to come too. */
export interface Revocation {
  id: string; user_id: string; blocked: boolean; issued_before: string; reason: string; revoked_by: string; lifted_at: string | null;
}

/** A void of a spin: it may wait for another operator's consent. */
export interface SpinVoid {
  id: string; session_id: string; wheel_id: string; user_id: string; reward: RewardShown;
  void_status: "requested" | "voided" | "withdrawn"; void_reason: string; requested_by: string; requested_at: string;
  decided_by: string | null; decided_at: string | null; spin_chance_id: string | null;
}
/** `GET /api/v1/spins/{id}` as staff get it. */
export interface PlayWhole extends Play {
  story: {
    version: { version_number: number; config_digest: string; terms_digest: string };
    chance: { id: string; chance_type: string; chance_status: string; award_reason: string; expires_at: string | null } | null;
    epoch: { epoch_id: string; epoch_status: string };
    position: number | null; range_reward: RewardShown | null; reward_delivery: DeliveryView | null; voids: SpinVoid[] | null;
    log: { at: string; level: string; message: string; details: string | null; component: string }[] | null;
    events: { at: string; event_type: string; event_data: object; ip_address: string | null }[] | null;
    audit: { at: string; user_id: string | null; action: string; new_values: object | null }[] | null;
  };
}

export interface Engine {
  id: string; engine_name: string; engine_type: string; engine_version: string; engine_status: string;
  engine_config: Record<string, unknown>; engine_capabilities: Record<string, unknown>; row_version: number; updated_at: string;
}
export interface EngineType {
  engine_type: string; engine_version: string; title: string; engine_capabilities: Record<string, unknown>; config_schema: Schema;
}
export interface Template {
  id: string; game_engine_id: string | null; engine_type: string | null; engine_status: string | null;
  template_name: string; template_type: string; template_category: string | null; template_description: string | null;
  template_config: Record<string, any>; game_rules: Record<string, any>; reward_config: Record<string, any>;
  is_active: boolean; row_version: number; updated_at: string;
}
export interface TemplateType { template_type: string; by_engine: boolean; schemas: Record<TemplateColumn, Schema> }
export type TemplateColumn = "template_config" | "game_rules" | "reward_config";
/** As much of JSON Schema as the server writes. */
export interface Schema {
  $ref?: string; $defs?: Record<string, Schema>; title?: string; description?: string; type?: string; enum?: (string | number)[];
  anyOf?: Schema[]; properties?: Record<string, Schema>; default?: unknown; minimum?: number; maximum?: number;
  minLength?: number; maxLength?: number; pattern?: string; format?: string;
}
