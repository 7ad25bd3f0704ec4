-- Imports of annotations from files: which file, whose, and what became of it. A second request with the same id finds the
-- first one here; which of its annotations are stored is told by core.annotation_change, in the transaction that stores them.
create table core.annotation_import (
  import_id uuid primary key,
  image_id integer not null references core.image on delete cascade,
  user_id integer not null references core.app_user,
  job_id uuid not null references core.job on delete cascade,
  path text not null,
  size_bytes bigint not null,
  -- Known once the file was read to its end.
  lines integer,
  problem_count integer not null default 0,
  problems jsonb not null default '[]', -- the first ones: line, code, message
  created integer,
  known integer,
  created_at timestamptz not null default now()
);
create index annotation_import_job on core.annotation_import (job_id);
create index annotation_import_image on core.annotation_import (image_id);
