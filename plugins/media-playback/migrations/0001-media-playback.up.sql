create schema if not exists plugin_media_playback;

-- The recording behind an image, and how its spectrogram was made. Without facts: it is being made, or failed.
create table plugin_media_playback.recording (
  image_id integer primary key references core.image on delete cascade,
  parameters jsonb not null, -- as they were asked for
  facts jsonb, -- format, rate, channels, duration, what the columns and rows mean, notes
  samples_per_peak integer,
  peaks bytea, -- int8: all minima, then all maxima
  bare_head bytea, -- what the sound is served with instead of the file's own beginning …
  bare_from bigint, -- … and the bytes of the file that follow it
  bare_to bigint,
  made_at timestamptz,
  check ((facts is null) = (peaks is null)),
  check ((facts is null) = (bare_head is null))
);

-- What long sounds of annotations look like, so that they are decoded once. May be emptied at any time.
create table plugin_media_playback.media_look (
  media_id bigint primary key references core.media on delete cascade,
  parameters jsonb not null, -- those of the project when it was made
  facts jsonb not null,
  samples_per_peak integer not null,
  peaks bytea not null,
  picture bytea not null, -- PNG
  made_at timestamptz not null default now()
);
