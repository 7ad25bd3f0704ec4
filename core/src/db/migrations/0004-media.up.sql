-- Files of annotations.
create table core.media (
  id bigint generated always as identity primary key,
  uuid uuid not null unique, -- made by the client: a repeated upload is found again
  annotation_id bigint not null references core.annotation on delete cascade,
  kind text not null check (kind in ('image', 'audio', 'video')),
  media_type text not null, -- what the bytes are, not what was claimed
  name text not null,
  caption text not null default '',
  storage_key text not null,
  preview_key text, -- images
  size_bytes bigint not null,
  sha256 bytea not null,
  width integer,
  height integer,
  missing boolean not null default false, -- the storage has lost the file
  position double precision not null,
  uploader_id integer not null references core.app_user,
  created_at timestamptz not null default now()
);
create index media_of_annotation on core.media (annotation_id, position);
create unique index media_name on core.media (annotation_id, lower(name));
