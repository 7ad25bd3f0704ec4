create schema if not exists plugin_study_modes;

create table plugin_study_modes.study (
  id uuid primary key,
  project_id integer not null references core.project on delete cascade,
  state text not null default 'draft' check (state in ('draft', 'running', 'ended')),
  draft jsonb not null,
  draft_revision integer not null default 1,
  created_by integer not null references core.app_user,
  created_at timestamptz not null default now()
);
create index study_of_project on plugin_study_modes.study (project_id, created_at desc);
-- Two at once would both want to say what readers see.
create unique index study_running on plugin_study_modes.study (project_id) where state = 'running';

-- What was in force, for ever. Only ever added to.
create table plugin_study_modes.version (
  study_id uuid not null references plugin_study_modes.study on delete cascade,
  number integer not null,
  document jsonb not null,
  sha256 text not null,
  -- Of people, images, layers and templates, for the names in the document.
  ids jsonb not null,
  reason text not null,
  created_by integer not null references core.app_user,
  created_at timestamptz not null default now(),
  primary key (study_id, number)
);

create table plugin_study_modes.phase (
  study_id uuid not null references plugin_study_modes.study on delete cascade,
  phase_id text not null,
  opened_at timestamptz not null,
  opened_by integer references core.app_user, -- null: as planned
  closed_at timestamptz,
  closed_by integer references core.app_user,
  primary key (study_id, phase_id)
);
create unique index phase_open on plugin_study_modes.phase (study_id) where closed_at is null;

-- One reader, one image, one task. Image and arm as they were then: images can go and studies change, what was read stays.
create table plugin_study_modes.case_record (
  study_id uuid not null references plugin_study_modes.study on delete cascade,
  phase_id text not null,
  task_id text not null,
  reader_id integer not null references core.app_user,
  image_id integer not null,
  image_name text not null,
  image_sha256 text not null,
  arm text not null,
  place integer not null, -- in the task, from 1
  version integer not null,
  shown_at timestamptz not null default now(),
  beat_at timestamptz not null default now(),
  active_ms bigint not null default 0,
  outcome text check (outcome in ('complete', 'empty')),
  finished_at timestamptz,
  reopened integer not null default 0,
  primary key (study_id, phase_id, task_id, reader_id, image_id)
);
create index case_of_reader on plugin_study_modes.case_record (reader_id, image_id);

-- Who did what. Only ever added to.
create table plugin_study_modes.record (
  id bigint generated always as identity primary key,
  study_id uuid not null references plugin_study_modes.study on delete cascade,
  at timestamptz not null default clock_timestamp(),
  user_id integer references core.app_user, -- null: as planned
  kind text not null,
  detail jsonb not null default '{}'
);
create index record_of_study on plugin_study_modes.record (study_id, id);
