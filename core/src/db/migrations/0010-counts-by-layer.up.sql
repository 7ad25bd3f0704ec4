-- Kept counts by layer, too: who works blind sees their own in no layer and the layers that are shown, and the zoomed-out view of
-- that must not read a million rows either. Where nobody has layers, there are as many rows as before.
lock table core.annotation in share row exclusive mode; -- in the order in which those who write take them
alter table core.annotation_tally add column layer_id integer; -- null: in no layer

create or replace function core.tally_annotations() returns trigger language plpgsql as $$
begin
  perform pg_advisory_xact_lock_shared(727003, image_id) from (select distinct image_id from changed) as images;
  -- Of an image that is being deleted, nothing is found and nothing counted.
  insert into core.annotation_tally (image_id, author_id, layer_id, template_id, total, large, cells, counts)
  with grid as materialized (
    select id, width, height, core.overview_cell_size(width, height) as size,
      case tg_op when 'INSERT' then 1 else -1 end as sign
    from core.image where id in (select image_id from changed)
  )
  select image_id, author_id, layer_id, template_id, sum(n), sum(large), coalesce(array_agg(cell) filter (where cell >= 0), '{}'),
    coalesce(array_agg(n) filter (where cell >= 0), '{}')
  from (
    select image_id, author_id, layer_id, template_id, core.overview_cell(kind, box, width, height, size) as cell,
      (sign * count(*))::int as n, (sign * count(*) filter (where core.is_large(kind, box)))::int as large
    from changed join grid on grid.id = image_id where deleted_at is null
    group by image_id, author_id, layer_id, template_id, cell, sign
  ) by_cell
  group by image_id, author_id, layer_id, template_id;
  return null;
end $$;

create or replace function core.tally_updated_annotations() returns trigger language plpgsql as $$
begin
  perform pg_advisory_xact_lock_shared(727003, image_id)
  from (select image_id from before union select image_id from after) as images;
  insert into core.annotation_tally (image_id, author_id, layer_id, template_id, total, large, cells, counts)
  with changed as (
    select 1 as sign, image_id, author_id, layer_id, template_id, kind, box from after where deleted_at is null
    union all
    select -1, image_id, author_id, layer_id, template_id, kind, box from before where deleted_at is null
  ), grid as materialized (
    select id, width, height, core.overview_cell_size(width, height) as size
    from core.image where id in (select image_id from after union select image_id from before)
  )
  select image_id, author_id, layer_id, template_id, sum(n), sum(large),
    coalesce(array_agg(cell) filter (where cell >= 0 and n <> 0), '{}'),
    coalesce(array_agg(n) filter (where cell >= 0 and n <> 0), '{}')
  from (
    select image_id, author_id, layer_id, template_id, core.overview_cell(kind, box, width, height, size) as cell,
      sum(sign)::int as n, coalesce(sum(sign) filter (where core.is_large(kind, box)), 0)::int as large
    from changed join grid on grid.id = image_id
    group by image_id, author_id, layer_id, template_id, cell
  ) by_cell
  where n <> 0 or large <> 0
  group by image_id, author_id, layer_id, template_id;
  return null;
end $$;

create or replace function core.tally_image(of_image integer) returns void language sql as $$
  insert into core.annotation_tally (image_id, author_id, layer_id, template_id, total, large, cells, counts)
  with grid as materialized (
    select id, width, height, core.overview_cell_size(width, height) as size from core.image where id = of_image
  )
  select image_id, author_id, layer_id, template_id, sum(n), sum(large), coalesce(array_agg(cell) filter (where cell >= 0), '{}'),
    coalesce(array_agg(n) filter (where cell >= 0), '{}')
  from (
    select image_id, author_id, layer_id, template_id, core.overview_cell(kind, box, width, height, size) as cell,
      count(*)::int as n, (count(*) filter (where core.is_large(kind, box)))::int as large
    from core.annotation join grid on grid.id = image_id where deleted_at is null and image_id = of_image
    group by image_id, author_id, layer_id, template_id, cell
  ) by_cell
  group by image_id, author_id, layer_id, template_id
$$;

create or replace function core.compact_annotation_tally(of_image integer) returns void language plpgsql as $$
begin
  perform pg_advisory_xact_lock_shared(727003, of_image);
  with taken as materialized (
    select ctid from core.annotation_tally where image_id = of_image for update skip locked
  ), gone as (
    delete from core.annotation_tally t using taken where t.ctid = taken.ctid
    returning t.author_id, t.layer_id, t.template_id, t.total, t.large, t.cells, t.counts
  ), summed as (
    select author_id, layer_id, template_id, sum(total) as total, sum(large) as large from gone group by author_id, layer_id, template_id
  ), by_cell as (
    select author_id, layer_id, template_id, array_agg(cell order by cell) as cells, array_agg(n order by cell) as counts
    from (
      select author_id, layer_id, template_id, cell, sum(count)::int as n
      from gone, unnest(cells, counts) as place(cell, count)
      group by author_id, layer_id, template_id, cell having sum(count) <> 0
    ) sums
    group by author_id, layer_id, template_id
  )
  insert into core.annotation_tally (image_id, author_id, layer_id, template_id, total, large, cells, counts)
  select of_image, s.author_id, s.layer_id, s.template_id, total, large, coalesce(cells, '{}'), coalesce(counts, '{}')
  from summed s left join by_cell c on (s.author_id, s.template_id) = (c.author_id, c.template_id)
    and s.layer_id is not distinct from c.layer_id
  where total <> 0 or large <> 0 or cells is not null;
end $$;

-- What has been counted so far knew no layers.
delete from core.annotation_tally
where image_id in (select image_id from core.annotation where layer_id is not null);
select core.tally_image(image_id) from (select distinct image_id from core.annotation where layer_id is not null) as images;
