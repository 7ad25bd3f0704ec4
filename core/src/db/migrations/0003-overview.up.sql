-- Kept counts of annotations per image, author, template and cell of the image's overview grid (see `overviewGrid` of
-- @exact/geometry), so that the zoomed-out view of a million is exact without reading a million rows.
--
-- Rows are only ever added: each statement on core.annotation adds what it changed, and the counts are the sums. Nobody
-- waits for a counter that somebody else's long import holds, and there is nothing that two could deadlock on. Readers
-- see the same snapshot of annotations and counts. `core.compact_annotation_tally` folds the rows of an image together.
create table core.annotation_tally (
  image_id integer not null, -- no foreign key: the merge would wait for an image that is being deleted
  author_id integer not null,
  template_id integer not null,
  total integer not null, -- labels of the whole image included, which have no cell
  large integer not null,
  cells smallint[] not null,
  counts integer[] not null -- one for each of `cells`
);
create index annotation_tally_image on core.annotation_tally (image_id);

-- A side of a box from which on a shape is large: LARGE_PX of @exact/geometry. The condition stands in
-- core/src/annotations/visibility.ts as well, in the same words.
create index annotation_large on core.annotation using gist (image_id, box)
  where kind <> 5 and greatest(width(box), height(box)) >= 1024;
-- Tells the planner how few they are; it would guess a third.
create statistics core.annotation_size on (greatest(width(box), height(box))) from core.annotation;

-- For the next annotation of a class. Keys of 16 bytes: from wider ones on PostgreSQL leaves half of each page empty when
-- several templates grow at the same time (28 B a row became 70 with a fourth column).
create index annotation_order on core.annotation (template_id, image_id, id);
drop index core.annotation_template;
-- For the next one that was accepted or rejected, few or many.
create index annotation_judged on core.annotation (template_id, image_id, id) where verdict is not null;

-- The smallest power of two, at least 16, that makes at most 128 columns and rows.
create function core.overview_cell_size(width integer, height integer) returns integer immutable parallel safe language sql
  return 16 << length(ltrim(((greatest(width, height, 1) + 2047) / 2048 - 1)::bit(32)::text, '0'));

-- The cell of the middle of a box, row by row from the top left; -1 for labels of the whole image and without a grid.
create function core.overview_cell(kind smallint, box box, width integer, height integer, size integer)
  returns smallint immutable parallel safe language sql
  return case when kind = 5 or width <= 0 or height <= 0 then -1 else
    least(greatest(floor((center(box))[1] / size), 0), (height - 1) / size) * ((width + size - 1) / size)
    + least(greatest(floor((center(box))[0] / size), 0), (width - 1) / size) end;

create function core.is_large(kind smallint, box box) returns boolean immutable parallel safe language sql
  return kind <> 5 and greatest(width(box), height(box)) >= 1024;

-- Locks 727003, by image: shared by those who count on the grid of an image, exclusive for who changes the grid.

create function core.tally_annotations() returns trigger language plpgsql as $$
begin
  perform pg_advisory_xact_lock_shared(727003, image_id) from (select distinct image_id from changed) as images;
  -- Of an image that is being deleted, nothing is found and nothing counted.
  insert into core.annotation_tally (image_id, author_id, template_id, total, large, cells, counts)
  with grid as materialized (
    select id, width, height, core.overview_cell_size(width, height) as size,
      case tg_op when 'INSERT' then 1 else -1 end as sign
    from core.image where id in (select image_id from changed)
  )
  select image_id, author_id, template_id, sum(n), sum(large), coalesce(array_agg(cell) filter (where cell >= 0), '{}'),
    coalesce(array_agg(n) filter (where cell >= 0), '{}')
  from (
    select image_id, author_id, template_id, core.overview_cell(kind, box, width, height, size) as cell,
      (sign * count(*))::int as n, (sign * count(*) filter (where core.is_large(kind, box)))::int as large
    from changed join grid on grid.id = image_id where deleted_at is null
    group by image_id, author_id, template_id, cell, sign
  ) by_cell
  group by image_id, author_id, template_id;
  return null;
end $$;

create function core.tally_updated_annotations() returns trigger language plpgsql as $$
begin
  perform pg_advisory_xact_lock_shared(727003, image_id)
  from (select image_id from before union select image_id from after) as images;
  insert into core.annotation_tally (image_id, author_id, template_id, total, large, cells, counts)
  with changed as (
    select 1 as sign, image_id, author_id, template_id, kind, box from after where deleted_at is null
    union all
    select -1, image_id, author_id, template_id, kind, box from before where deleted_at is null
  ), grid as materialized (
    select id, width, height, core.overview_cell_size(width, height) as size
    from core.image where id in (select image_id from after union select image_id from before)
  )
  select image_id, author_id, template_id, sum(n), sum(large),
    coalesce(array_agg(cell) filter (where cell >= 0 and n <> 0), '{}'),
    coalesce(array_agg(n) filter (where cell >= 0 and n <> 0), '{}')
  from (
    select image_id, author_id, template_id, core.overview_cell(kind, box, width, height, size) as cell,
      sum(sign)::int as n, coalesce(sum(sign) filter (where core.is_large(kind, box)), 0)::int as large
    from changed join grid on grid.id = image_id
    group by image_id, author_id, template_id, cell
  ) by_cell
  where n <> 0 or large <> 0
  group by image_id, author_id, template_id;
  return null;
end $$;

create trigger annotation_tally_insert after insert on core.annotation
  referencing new table as changed for each statement execute function core.tally_annotations();
create trigger annotation_tally_delete after delete on core.annotation
  referencing old table as changed for each statement execute function core.tally_annotations();
create trigger annotation_tally_update after update on core.annotation
  referencing old table as before new table as after for each statement execute function core.tally_updated_annotations();

create function core.tally_image(of_image integer) returns void language sql as $$
  insert into core.annotation_tally (image_id, author_id, template_id, total, large, cells, counts)
  with grid as materialized (
    select id, width, height, core.overview_cell_size(width, height) as size from core.image where id = of_image
  )
  select image_id, author_id, template_id, sum(n), sum(large), coalesce(array_agg(cell) filter (where cell >= 0), '{}'),
    coalesce(array_agg(n) filter (where cell >= 0), '{}')
  from (
    select image_id, author_id, template_id, core.overview_cell(kind, box, width, height, size) as cell,
      count(*)::int as n, (count(*) filter (where core.is_large(kind, box)))::int as large
    from core.annotation join grid on grid.id = image_id where deleted_at is null and image_id = of_image
    group by image_id, author_id, template_id, cell
  ) by_cell
  group by image_id, author_id, template_id
$$;

create function core.tally_resized_image() returns trigger language plpgsql as $$
begin
  perform pg_advisory_xact_lock(727003, new.id);
  delete from core.annotation_tally where image_id = new.id;
  perform core.tally_image(new.id);
  return null;
end $$;
create trigger annotation_tally_resize after update of width, height on core.image for each row
  when ((old.width, old.height) is distinct from (new.width, new.height)) execute function core.tally_resized_image();

-- Named to run after the triggers that delete the annotations of the image.
create function core.forget_tally() returns trigger language plpgsql as $$
begin
  delete from core.annotation_tally where image_id = old.id;
  return null;
end $$;
create trigger annotation_tally_forget after delete on core.image for each row execute function core.forget_tally();

create function core.clear_tally() returns trigger language plpgsql as $$
begin
  delete from core.annotation_tally;
  return null;
end $$;
create trigger annotation_tally_truncate after truncate on core.annotation
  for each statement execute function core.clear_tally();

-- Replaces rows of an image by their sums: those that it can have without waiting. Any number may run at once.
create function core.compact_annotation_tally(of_image integer) returns void language plpgsql as $$
begin
  perform pg_advisory_xact_lock_shared(727003, of_image);
  with taken as materialized (
    select ctid from core.annotation_tally where image_id = of_image for update skip locked
  ), gone as (
    delete from core.annotation_tally t using taken where t.ctid = taken.ctid
    returning t.author_id, t.template_id, t.total, t.large, t.cells, t.counts
  ), summed as (
    select author_id, template_id, sum(total) as total, sum(large) as large from gone group by author_id, template_id
  ), by_cell as (
    select author_id, template_id, array_agg(cell order by cell) as cells, array_agg(n order by cell) as counts
    from (
      select author_id, template_id, cell, sum(count)::int as n
      from gone, unnest(cells, counts) as place(cell, count)
      group by author_id, template_id, cell having sum(count) <> 0
    ) sums
    group by author_id, template_id
  )
  insert into core.annotation_tally (image_id, author_id, template_id, total, large, cells, counts)
  select of_image, author_id, template_id, total, large, coalesce(cells, '{}'), coalesce(counts, '{}')
  from summed left join by_cell using (author_id, template_id)
  where total <> 0 or large <> 0 or cells is not null;
end $$;

select core.tally_image(id) from core.image;
