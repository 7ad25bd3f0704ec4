-- Tables that several plugins share, or on which the safety of data depends. Plugins have schemas of their own with foreign
-- keys into this one, never the other way.
-- Structural things (users … templates) have small integer ids, so that the many annotations that name them stay small;
-- annotations are known outside by their UUID only, because gaps in a sequence would tell readers how much others did.
create extension if not exists btree_gist;
create schema if not exists core;

create table core.app_user (
  id integer generated always as identity primary key,
  username text not null,
  display_name text not null,
  password_hash text,
  is_admin boolean not null default false,
  state text not null default 'active' check (state in ('active', 'suspended', 'anonymised')),
  preferences jsonb not null default '{}',
  created_at timestamptz not null default now(),
  last_seen_at timestamptz
);
create unique index app_user_username on core.app_user (lower(username));

create table core.session (
  id integer generated always as identity primary key,
  token_hash bytea not null unique,
  user_id integer not null references core.app_user on delete cascade,
  user_agent text not null default '',
  created_at timestamptz not null default now(),
  last_seen_at timestamptz not null default now(),
  expires_at timestamptz not null
);
create index session_of_user on core.session (user_id);

create table core.api_token (
  id integer generated always as identity primary key,
  token_hash bytea not null unique,
  prefix text not null,
  user_id integer not null references core.app_user on delete cascade,
  name text not null,
  scopes text[] not null,
  created_at timestamptz not null default now(),
  expires_at timestamptz,
  last_used_at timestamptz
);
create index api_token_of_user on core.api_token (user_id);

create table core.team (
  id integer generated always as identity primary key,
  name text not null,
  description text not null default '',
  created_at timestamptz not null default now()
);
create unique index team_name on core.team (lower(name));

create table core.team_member (
  team_id integer not null references core.team on delete cascade,
  user_id integer not null references core.app_user on delete cascade,
  is_team_admin boolean not null default false,
  primary key (team_id, user_id)
);
create index team_member_of_user on core.team_member (user_id);

create table core.project (
  id integer generated always as identity primary key,
  team_id integer not null references core.team,
  name text not null,
  description text not null default '',
  collaboration text not null default 'cooperative' check (collaboration in ('cooperative', 'blind', 'secondOpinion')),
  created_at timestamptz not null default now()
);
create unique index project_name on core.project (team_id, lower(name));

create table core.project_member (
  project_id integer not null references core.project on delete cascade,
  user_id integer not null references core.app_user on delete cascade,
  role text not null check (role in ('viewer', 'annotator', 'verifier', 'manager')),
  primary key (project_id, user_id)
);
create index project_member_of_user on core.project_member (user_id);

create table core.project_plugin (
  project_id integer not null references core.project on delete cascade,
  plugin_id text not null,
  enabled boolean not null,
  settings jsonb not null default '{}',
  changed_by integer references core.app_user on delete set null,
  changed_at timestamptz not null default now(),
  primary key (project_id, plugin_id)
);

-- Plugins that the administrator has forbidden; everything installed is allowed unless it stands here.
create table core.plugin_allowance (
  plugin_id text primary key,
  allowed boolean not null,
  changed_by integer references core.app_user on delete set null,
  changed_at timestamptz not null default now()
);

create table core.plugin_document (
  plugin_id text not null,
  project_id integer references core.project on delete cascade,
  user_id integer references core.app_user on delete cascade,
  key text not null,
  value jsonb not null,
  changed_at timestamptz not null default now(),
  unique nulls not distinct (plugin_id, project_id, user_id, key)
);

create table core.image_set (
  id integer generated always as identity primary key,
  project_id integer not null references core.project on delete cascade,
  name text not null,
  description text not null default '',
  tags text[] not null default '{}',
  position double precision not null default 0,
  created_at timestamptz not null default now()
);
create unique index image_set_name on core.image_set (project_id, lower(name));

create table core.image (
  id integer generated always as identity primary key,
  image_set_id integer not null references core.image_set on delete cascade,
  public_name text not null,
  private_name text not null,
  state text not null default 'waiting' check (state in ('waiting', 'converting', 'ready', 'failed')),
  problem_code text,
  problem_message text,
  -- What tiles are read from; differs from the original after a conversion.
  original_key text not null,
  pixel_key text,
  width integer not null default 0,
  height integer not null default 0,
  levels jsonb not null default '[]',
  mpp_x double precision,
  mpp_y double precision,
  objective double precision,
  planes jsonb not null default '{"z":1,"t":1,"c":1}',
  vendor text not null default '',
  size_bytes bigint not null,
  sha256 bytea not null,
  content_version text not null,
  tags text[] not null default '{}',
  position double precision not null default 0,
  created_by integer references core.app_user on delete set null,
  created_at timestamptz not null default now()
);
create index image_of_set on core.image (image_set_id, position, id);
create index image_sha256 on core.image (sha256);
create unique index image_public_name on core.image (public_name);

create table core.product (
  id integer generated always as identity primary key,
  team_id integer not null references core.team on delete cascade,
  name text not null,
  description text not null default ''
);
create unique index product_name on core.product (team_id, lower(name));

create table core.project_product (
  project_id integer not null references core.project on delete cascade,
  product_id integer not null references core.product on delete cascade,
  primary key (project_id, product_id)
);

create table core.template (
  id integer generated always as identity primary key,
  product_id integer not null references core.product on delete cascade,
  name text not null,
  colour text not null,
  kind text not null check (kind in ('point', 'box', 'ellipse', 'line', 'polygon', 'image')),
  default_width double precision not null default 50,
  default_height double precision not null default 50,
  sort_order double precision not null default 0,
  shortcut text,
  description text not null default '',
  example_key text,
  attribute_schema jsonb,
  active boolean not null default true
);
create unique index template_name on core.template (product_id, lower(name));

create table core.annotation (
  id bigint generated always as identity primary key,
  uuid uuid not null unique,
  image_id integer not null references core.image on delete cascade,
  template_id integer not null references core.template,
  author_id integer not null references core.app_user,
  editor_id integer not null references core.app_user,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  deleted_at timestamptz,
  revision integer not null default 1,
  -- Index into GEOMETRY_KINDS and packed form, both of @exact/geometry; level-0 pixels.
  kind smallint not null,
  verdict smallint, -- 1 accepted, 2 rejected; the latest
  verdict_by integer references core.app_user,
  verdict_at timestamptz,
  box box not null,
  geometry bytea not null,
  description text,
  meta jsonb
);
create index annotation_box on core.annotation using gist (image_id, box);
create index annotation_template on core.annotation (template_id, image_id);

-- Append-only: the state of an annotation after each of its changes.
create table core.annotation_revision (
  annotation_id bigint not null references core.annotation on delete cascade,
  revision integer not null,
  change smallint not null, -- 1 create, 2 update, 3 delete, 4 restore, 5 verify
  user_id integer not null references core.app_user,
  at timestamptz not null default now(),
  template_id integer not null,
  deleted boolean not null,
  kind smallint not null,
  verdict smallint,
  geometry bytea not null,
  description text,
  meta jsonb,
  primary key (annotation_id, revision)
);

-- Requests that were already stored: a retry gets the first answer and changes nothing.
create table core.annotation_change (
  change_id uuid primary key,
  user_id integer not null references core.app_user,
  image_id integer not null references core.image on delete cascade,
  uuids uuid[] not null,
  outbox_id bigint,
  at timestamptz not null default now()
);

-- Events, written in the transaction of their data. One sequencer gives `position` after the commit, so that readers by
-- position never miss a row whose transaction ended late.
create table core.outbox (
  id bigint generated always as identity primary key,
  position bigint unique,
  topic text not null,
  project_id integer,
  event jsonb not null,
  at timestamptz not null default now()
);
create index outbox_unsequenced on core.outbox (id) where position is null;
create sequence core.outbox_position;

-- How far plugins have handled the events they subscribed to.
create table core.event_cursor (
  plugin_id text not null,
  topic text not null,
  position bigint not null,
  primary key (plugin_id, topic)
);

create table core.job (
  id uuid primary key,
  kind text not null,
  title text not null,
  project_id integer references core.project on delete cascade,
  image_id integer references core.image on delete cascade,
  state text not null default 'waiting' check (state in ('waiting', 'running', 'done', 'failed', 'cancelled')),
  progress real not null default 0,
  step text not null default '',
  problem_code text,
  problem_message text,
  input jsonb not null default '{}',
  result jsonb,
  created_by integer references core.app_user on delete set null,
  created_at timestamptz not null default now(),
  started_at timestamptz,
  ended_at timestamptz
);
create index job_of_project on core.job (project_id, created_at desc);
create index job_of_image on core.job (image_id, created_at desc);
create index job_open on core.job (state) where state in ('waiting', 'running');

create table core.audit (
  id bigint generated always as identity primary key,
  at timestamptz not null default now(),
  action text not null,
  user_id integer,
  project_id integer,
  target text,
  request_id text not null
);
create index audit_of_project on core.audit (project_id, id);

-- Who did what stays as it was written: rows are added, never changed or taken away.
create function core.refuse_change() returns trigger language plpgsql as $$
begin
  raise exception '%.% is append-only', tg_table_schema, tg_table_name using errcode = 'integrity_constraint_violation';
end $$;
create trigger audit_append_only before update or delete or truncate on core.audit
  for each statement execute function core.refuse_change();

-- Single values of the instance: the hash of the one-time set-up code, whether the demo was made, …
create table core.instance_value (
  key text primary key,
  value jsonb not null
);

-- Counters of tries at passwords and codes, in the form that rate-limiter-flexible keeps them. Keys are hashes, not names.
create table core.rate_limit (
  key varchar(255) primary key,
  points integer not null default 0,
  expire bigint
);
