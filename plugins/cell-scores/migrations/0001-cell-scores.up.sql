create schema if not exists plugin_cell_scores;

-- Where tissue is, as found on a coarse picture of the image. Follows from the pixels alone, so it may be forgotten at any time.
create table plugin_cell_scores.tissue (
  image_id integer not null references core.image on delete cascade,
  content_version text not null, -- of the pixels it was found on
  threshold smallint not null, -- as asked for; 0: found by itself
  width smallint not null check (width > 0),
  height smallint not null check (height > 0),
  bits bytea not null, -- packed as @exact/screening does
  primary key (image_id, threshold)
);
