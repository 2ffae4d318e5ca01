"""The statements that fill a seeded database; `bench.seed` says in which order and why.

`random()` is drawn from a seed. A run is COMPLETED, or CANCELLED half way, or FAILED in all of its
attempts; an arm's models differ in skill, speed and price, and one of them has no price.
"""

from typing import Final

# What grows with use, the referenced before the referencing.
TABLES: Final = (
    *("definitions", "definition_versions", "scenarios", "dataset_rows"),
    *("runs", "run_events", "arms", "arm_progress", "arm_moments", "run_outcomes", "shards"),
    *("attempts", "transcripts"),
)

# The foreign keys of the two tables with a row an attempt: how to drop each, and to add it again.
REFERENCES: Final = """
SELECT format('ALTER TABLE %s DROP CONSTRAINT %I', conrelid::regclass, conname) AS dropped,
    format('ALTER TABLE %s ADD CONSTRAINT %I %s', conrelid::regclass, conname,
        pg_get_constraintdef(oid)) AS added
FROM pg_constraint
WHERE contype = 'f' AND conrelid IN ('attempts'::regclass, 'transcripts'::regclass)
"""

_RUN_COLUMNS: Final = """
    id, organization_id, kind, definition_version_id, status, trigger, created_by, options, scorers,
    repeats, subject_count, created_at, started_at, finished_at
"""

# $1 the organization, $2 the versions of the daily definitions, $3 how many runs.
RUNS: Final = f"""
INSERT INTO runs ({_RUN_COLUMNS})
SELECT uuidv7(-(($3 - n) * interval '50 minutes' + interval '1 hour')), $1, 'evaluation', v.id,
    CASE WHEN n % 33 = 0 THEN 'FAILED' WHEN n % 23 = 0 THEN 'CANCELLED' ELSE 'COMPLETED' END,
    (ARRAY['ui', 'cli', 'api'])[1 + n % 3], (ARRAY['ada', 'grace', 'ci'])[1 + n % 3],
    '{{"sample": {{}}}}', v.spec -> 'scorers', 1, v.scenario_count,
    at, at + interval '1 second', at + interval '1 second' * (20 + 200 * random())
FROM (
    SELECT n, now() - (($3 - n) * interval '50 minutes' + interval '1 hour') AS at
    FROM generate_series(1, $3::int) n
) numbered
JOIN definition_versions v ON v.id = ($2::uuid[])[1 + n % cardinality($2::uuid[])]
"""

# $1 the organization, $2 the definition's version. It is not the newest: runs are above it.
LARGEST_RUN: Final = f"""
INSERT INTO runs ({_RUN_COLUMNS})
SELECT uuidv7(-interval '12 hours'), $1, 'evaluation', v.id, 'COMPLETED', 'cli', 'ci',
    '{{"sample": {{}}}}', v.spec -> 'scorers', 1, v.scenario_count,
    now() - interval '12 hours', now() - interval '12 hours' + interval '1 second',
    now() - interval '11 hours'
FROM definition_versions v WHERE v.id = $2
RETURNING id
"""

_ARMS: Final = """
INSERT INTO arms (id, run_id, position, label, provider, model, spec, feed_window)
SELECT uuidv7(r.created_at - now()), r.id, a.position - 1, a.spec ->> 'label',
    a.spec ->> 'provider', a.spec ->> 'model', a.spec, 4
FROM runs r JOIN definition_versions v ON v.id = r.definition_version_id
CROSS JOIN LATERAL jsonb_array_elements(v.spec -> 'arms') WITH ORDINALITY AS a(spec, position)
"""

_SHARDS: Final = """
INSERT INTO shards (arm_id, sequence, run_id, positions, state, delivery, failures)
SELECT a.id, block, a.run_id,
    ARRAY(SELECT generate_series(block * 100, least(block * 100 + 99, r.subject_count - 1))),
    'done', 1, 0
FROM arms a JOIN runs r ON r.id = a.run_id
CROSS JOIN LATERAL generate_series(0, (r.subject_count - 1) / 100) block
"""

# Each model answers a share of the scenarios right, and takes its time over them.
_ATTEMPTS: Final = """
INSERT INTO attempts (
    id, run_id, arm_id, subject_id, subject_position, repeat, status, error_code, error_message,
    started_at, ended_at, queued_ms, latency_ms, tries, finish_reason, input_tokens, output_tokens,
    cost_usd, artifact_kind, turn_count, word_count, scores, unscored, passed, score
)
SELECT uuidv7(ended_at - now()), run_id, arm_id, subject_id, subject_position, 0,
    CASE WHEN failed THEN 'FAILED' ELSE 'SUCCEEDED' END,
    CASE WHEN failed THEN 'timeout' END,
    CASE WHEN failed THEN 'The model did not answer within 60 s' END,
    ended_at - latency_ms * interval '1 millisecond', ended_at, 3 + 20 * speed, latency_ms,
    CASE WHEN failed THEN 5 ELSE 1 END,
    CASE WHEN NOT failed THEN 'stop' END,
    CASE WHEN NOT failed THEN 90 + subject_position % 40 END,
    CASE WHEN NOT failed THEN 40 + (80 * speed)::int END,
    CASE WHEN NOT failed AND arm_position < 3
        THEN ((90 + subject_position % 40) * 0.00000015 + (40 + (80 * speed)::int) * 0.0000006)
            * (1 + arm_position) END,
    CASE WHEN NOT failed THEN 'text' END,
    CASE WHEN failed THEN 2 ELSE 3 END,
    CASE WHEN NOT failed THEN 30 + (60 * speed)::int END,
    CASE WHEN failed THEN '[]'::jsonb ELSE jsonb_build_array(jsonb_build_object(
        'scorer', 'contains', 'kind', 'contains',
        'status', CASE WHEN unread THEN 'unscored' ELSE 'scored' END,
        'passed', CASE WHEN NOT unread THEN passed END,
        'value', CASE WHEN NOT unread THEN passed::int END,
        'expected', NULL, 'actual', NULL,
        'reason', CASE WHEN unread THEN 'The answer holds no number' END
    )) END,
    NOT failed AND unread,
    CASE WHEN NOT failed AND NOT unread THEN passed END,
    CASE WHEN NOT failed AND NOT unread THEN passed::int END
FROM (
    SELECT r.id AS run_id, a.id AS arm_id, a.position AS arm_position, s.id AS subject_id,
        s.position AS subject_position, d.speed,
        r.status = 'FAILED' OR d.trouble < 0.02 AS failed,
        d.trouble > 0.99 AS unread,
        d.skill < 0.62 + 0.08 * a.position AS passed,
        (300 + 1500 * d.speed * d.speed) * (1 + a.position * 0.3) AS latency_ms,
        r.started_at + (r.finished_at - r.started_at)
            * ((s.position + 1.0 - d.speed) / r.subject_count) AS ended_at
    FROM runs r
    JOIN arms a ON a.run_id = r.id
    JOIN scenarios s ON s.definition_version_id = r.definition_version_id
        AND (r.status <> 'CANCELLED' OR s.position < r.subject_count / 2)
    CROSS JOIN LATERAL (
        SELECT random() AS speed, random() AS trouble, random() AS skill, s.id
    ) d
    ORDER BY r.created_at, s.position, a.position
) drawn
"""

_TRANSCRIPTS: Final = """
INSERT INTO transcripts (attempt_id, messages, output, raw)
SELECT a.id,
    CASE WHEN output IS NULL THEN s.messages ELSE s.messages
        || jsonb_build_array(jsonb_build_object('role', 'assistant', 'content', output)) END,
    output,
    CASE WHEN output IS NOT NULL THEN jsonb_build_object(
        'id', 'chatcmpl-' || a.id, 'object', 'chat.completion',
        'usage', jsonb_build_object(
            'prompt_tokens', a.input_tokens, 'completion_tokens', a.output_tokens,
            'total_tokens', a.input_tokens + a.output_tokens),
        'choices', jsonb_build_array(jsonb_build_object('index', 0, 'finish_reason', 'stop'))
    ) END
FROM attempts a JOIN scenarios s ON s.id = a.subject_id
CROSS JOIN LATERAL (
    SELECT CASE WHEN a.status = 'SUCCEEDED' THEN
        'First count what is in the boxes, one after the other. '
        || repeat('Then add what comes later, and keep the days apart. ', 1 + a.word_count / 15)
        || E'\n' || CASE WHEN a.passed THEN 'It is right: ' ELSE 'It is ' END || a.word_count * 7
    END AS output
) answered
"""

_PROGRESS: Final = """
INSERT INTO arm_progress (
    arm_id, run_id, total, succeeded, failed, cancelled, skipped, unscored, scored, passed,
    score_sum, score_square_sum, latency_sum_ms, input_tokens, output_tokens, cost_usd, priced,
    shards_total, shards_done
)
SELECT a.id, a.run_id, r.subject_count, c.succeeded, c.failed, 0, 0, c.unscored, c.scored, c.passed,
    c.score_sum, c.score_square_sum, c.latency_sum_ms, c.input_tokens, c.output_tokens,
    c.cost_usd, c.priced,
    (r.subject_count + 99) / 100, (r.subject_count + 99) / 100
FROM arms a JOIN runs r ON r.id = a.run_id
JOIN (
    SELECT arm_id,
        count(*) FILTER (WHERE status = 'SUCCEEDED') AS succeeded,
        count(*) FILTER (WHERE status = 'FAILED') AS failed,
        count(*) FILTER (WHERE unscored) AS unscored,
        count(score) AS scored,
        count(*) FILTER (WHERE passed) AS passed,
        coalesce(sum(score::numeric), 0) AS score_sum,
        coalesce(sum(score::numeric * score::numeric), 0) AS score_square_sum,
        coalesce(sum(latency_ms::numeric) FILTER (WHERE status = 'SUCCEEDED'), 0)
            AS latency_sum_ms,
        coalesce(sum(input_tokens), 0) AS input_tokens,
        coalesce(sum(output_tokens), 0) AS output_tokens,
        coalesce(sum(cost_usd), 0) AS cost_usd,
        count(cost_usd) AS priced
    FROM attempts GROUP BY arm_id
) c ON c.arm_id = a.id
"""

# One attempt at each scenario, so that each is a cluster of its own.
_MOMENTS: Final = """
INSERT INTO arm_moments (
    arm_id, measure, run_id, count, total, clusters, square_count, cross_total, square_total
)
SELECT a.arm_id, m.measure, a.run_id, count(*), sum(m.value), count(*), count(*), sum(m.value),
    sum(m.value * m.value)
FROM attempts a CROSS JOIN LATERAL (
    VALUES ('passed', a.passed::int::numeric), ('cost', a.cost_usd)
) AS m (measure, value)
WHERE m.value IS NOT NULL GROUP BY a.arm_id, m.measure, a.run_id
"""

# Marked, as at the end of a run: workers count them.
_OUTCOMES: Final = "INSERT INTO run_outcomes (run_id, outcomes) SELECT id, '[]' FROM runs"

_EVENTS: Final = """
INSERT INTO run_events (run_id, at, kind, actor, message)
SELECT r.id, e.at, e.kind, e.actor, e.message
FROM runs r CROSS JOIN LATERAL (VALUES
    (1, r.created_at, 'created', r.created_by, 'Started by ' || r.trigger),
    (2, r.started_at, 'started', 'system', 'A worker took the run up'),
    (3, r.finished_at, lower(r.status), 'system', 'The run ended')
) AS e(place, at, kind, actor, message)
ORDER BY r.created_at, e.place
"""

# What runs are found and sorted by.
_KEYS: Final = """
UPDATE runs r SET
    search_words = concat_ws(E'\\n', d.name, a.words),
    final_cost_usd = a.cost_usd,
    final_pass_rate = a.pass_rate
FROM definition_versions v, definitions d, (
    SELECT a.run_id,
        string_agg(concat_ws(E'\\n', a.label, a.model), E'\\n' ORDER BY a.position) AS words,
        CASE WHEN sum(p.priced) > 0 THEN sum(p.cost_usd) END AS cost_usd,
        sum(p.passed)::float8 / nullif(sum(p.scored), 0) AS pass_rate
    FROM arms a JOIN arm_progress p ON p.arm_id = a.id GROUP BY a.run_id
) a
WHERE v.id = r.definition_version_id AND d.id = v.definition_id AND a.run_id = r.id
"""

PARTS_OF_RUNS: Final = (
    *(_ARMS, _SHARDS, _ATTEMPTS, _TRANSCRIPTS, _PROGRESS, _MOMENTS, _OUTCOMES, _KEYS, _EVENTS),
)
