create schema if not exists plugin_screening;

-- Masks of tissue. Found once by a job; other parameters make another one.
create table plugin_screening.tissue (
  id uuid primary key default gen_random_uuid(),
  project_id integer not null references core.project on delete cascade,
  image_id integer not null references core.image on delete cascade,
  created_by integer not null references core.app_user,
  version integer not null, -- counts the masks of this person on the image
  parameters jsonb not null,
  created_at timestamptz not null default now(),
  job_id uuid,
  done_at timestamptz,
  width integer,
  height integer,
  image_width integer,
  image_height integer,
  threshold double precision,
  background text check (background in ('light', 'dark')),
  share double precision,
  bits bytea, -- one bit a pixel, row by row, highest first
  outline jsonb, -- rings of level-0 pixels, even-odd
  unique (image_id, created_by, version),
  check ((done_at is null) = (bits is null))
);

-- Plans never change; another one takes the place of one.
create table plugin_screening.plan (
  id uuid primary key default gen_random_uuid(),
  request_id uuid not null, -- made by the browser; two people may make the same one
  project_id integer not null references core.project on delete cascade,
  image_id integer not null references core.image on delete cascade,
  created_by integer not null references core.app_user,
  created_at timestamptz not null default now(),
  name text not null,
  audience text not null check (audience in ('own', 'all')),
  -- level-0 pixels
  min_x integer not null,
  min_y integer not null,
  max_x integer not null,
  max_y integer not null,
  field_width integer not null,
  field_height integer not null,
  overlap double precision not null,
  field_order text not null check (field_order in ('serpentine', 'rows')),
  downsample double precision not null,
  dwell_ms integer not null,
  field_choice jsonb not null,
  draft jsonb not null, -- as it was asked for, to tell a repeated request from another one
  mpp_x double precision,
  mpp_y double precision,
  tissue_id uuid references plugin_screening.tissue on delete cascade,
  min_tissue_share double precision not null,
  fields integer not null,
  skipped integer[] not null,
  supersedes uuid unique references plugin_screening.plan on delete cascade,
  unique (created_by, request_id)
);
create index plan_image on plugin_screening.plan (image_id);
create index plan_project on plugin_screening.plan (project_id, created_at desc);

-- The log: which field was on screen when, for how long, how much of it, at which scale.
create table plugin_screening.visit (
  seq bigint generated always as identity primary key,
  visit_id uuid not null, -- made by the browser; two people may make the same one
  plan_id uuid not null references plugin_screening.plan on delete cascade,
  user_id integer not null references core.app_user,
  field integer not null check (field >= 0),
  entered_at timestamptz not null,
  left_at timestamptz not null,
  dwell_ms integer not null check (dwell_ms >= 0),
  share double precision not null check (share between 0 and 1),
  downsample double precision not null check (downsample > 0),
  marks boolean not null,
  is_skipped boolean not null, -- follows from the plan: to count without going through its list
  stored_at timestamptz not null default now(),
  unique (user_id, visit_id),
  check (left_at >= entered_at)
);
create index visit_plan on plugin_screening.visit (plan_id, user_id, seq);

-- Who was given which fields; the latest of a plan counts.
create table plugin_screening.sharing (
  id bigint generated always as identity primary key,
  plan_id uuid not null references plugin_screening.plan on delete cascade,
  shares jsonb not null, -- [{ "userId": 1, "fields": [0, 1] }]
  set_by integer not null references core.app_user,
  set_at timestamptz not null default now()
);
create index sharing_plan on plugin_screening.sharing (plan_id, id);

-- Where readers are, and where they want to come back to: no record, only the present.
create table plugin_screening.reader_position (
  plan_id uuid not null references plugin_screening.plan on delete cascade,
  user_id integer not null references core.app_user,
  field integer not null,
  x double precision not null,
  y double precision not null,
  downsample double precision not null,
  at timestamptz not null,
  device_id uuid not null,
  primary key (plan_id, user_id)
);
create table plugin_screening.field_mark (
  plan_id uuid not null references plugin_screening.plan on delete cascade,
  user_id integer not null references core.app_user,
  field integer not null,
  note text not null,
  at timestamptz not null default now(),
  primary key (plan_id, user_id, field)
);

-- What was recorded stays recorded. Only the end of an image or of a project takes it along: that comes from inside the
-- foreign key's own trigger.
create function plugin_screening.keep_log() returns trigger language plpgsql as $$
begin
  if tg_op = 'DELETE' and pg_trigger_depth() > 1 then
    return old;
  end if;
  raise exception 'The log % can only be added to.', tg_table_name using errcode = 'restrict_violation';
end $$;

create trigger keep_log before update or delete on plugin_screening.plan
  for each row execute function plugin_screening.keep_log();
create trigger keep_log before update or delete on plugin_screening.visit
  for each row execute function plugin_screening.keep_log();
create trigger keep_log before update or delete on plugin_screening.sharing
  for each row execute function plugin_screening.keep_log();
create trigger keep_log_whole before truncate on plugin_screening.plan
  for each statement execute function plugin_screening.keep_log();
create trigger keep_log_whole before truncate on plugin_screening.visit
  for each statement execute function plugin_screening.keep_log();
create trigger keep_log_whole before truncate on plugin_screening.sharing
  for each statement execute function plugin_screening.keep_log();
