#include "client/cli/examples.h"

namespace collate::client {
namespace {

struct Examples {
  const char* command;
  const char* text;
};

constexpr Examples kExamples[] = {
    {"", R"(Examples:
  collate ingest prc-201718.csv --source home-office-prc --published 2019-01-24
  collate foi init answers/
  collate ingest answers/ --source my-foi-2024
  collate query offences --where offence=88A --period 2017/18 \
      --panel england-wales-forces
  collate query offences --where offence=sexual-offences+ --by reporter \
      --periods '2017/18 Q1..2017/18 Q4' --panel uk-territorial-forces
  collate explain offences --where offence=88A --where reporter=kent \
      --period 2017/18
  collate claim check nspcc-2024 my-story.claims.textproto
  collate query offences --where offence=88A --period 2017/18 \
      --panel england-wales-forces --by reporter --format csv
  collate export offences --format sdmx-csv --output offences.csv
  collate members offence --level code --format csv
  collate panels show england-wales-forces

collate COMMAND --help says more of each.)"},
    {"ingest", R"(Examples:
  collate ingest prc-201718.csv --source home-office-prc --published 2019-01-24
  collate ingest prc-201718.csv --source home-office-prc --published unknown \
      --dry-run
  collate ingest answers/ --source my-foi-2024

A document has a name, which citations repeat, so that none is read from
standard input.)"},
    {"foi", R"(Examples:
  collate foi init answers/)"},
    {"foi init", R"(Examples:
  collate foi init answers/
  collate ingest answers/ --source my-foi-2024)"},
    {"recipe", R"(Examples:
  collate recipe suggest answer.csv
  collate recipe test answer.recipe.textproto answer.csv)"},
    {"recipe test", R"(Examples:
  collate recipe test answer.recipe.textproto answer.csv
  collate recipe test answer.recipe.textproto answer.csv \
      --manifest reporter=Kent --color always

Exit status 1 when a cell is left over or anything is refused.)"},
    {"recipe suggest", R"(Examples:
  collate recipe suggest answer.csv
  collate recipe suggest answer.csv --output suggested.recipe.textproto

Exit status 1 when no table was found.)"},
    {"sources", R"(Examples:
  collate sources
  collate sources show home-office-prc)"},
    {"sources list", R"(Examples:
  collate sources list
  collate sources list --format json)"},
    {"sources show", R"(Examples:
  collate sources show home-office-prc)"},
    {"releases", R"(Examples:
  collate releases --source home-office-prc
  collate releases show sources/home-office-prc/releases/20190124-b3fe07a7db28)"},
    {"releases list", R"(Examples:
  collate releases list
  collate releases list --source home-office-prc --format csv)"},
    {"releases show", R"(Examples:
  collate releases show sources/home-office-prc/releases/20190124-b3fe07a7db28

A release is shown with the report of its ingestion.)"},
    {"measures", R"(Examples:
  collate measures
  collate measures show offences)"},
    {"measures list", R"(Examples:
  collate measures list)"},
    {"measures show", R"(Examples:
  collate measures show offences)"},
    {"dimensions", R"(Examples:
  collate dimensions
  collate dimensions show offence)"},
    {"dimensions list", R"(Examples:
  collate dimensions list)"},
    {"dimensions show", R"(Examples:
  collate dimensions show offence)"},
    {"members", R"(Examples:
  collate members offence --level code
  collate members show reporter kent)"},
    {"members list", R"(Examples:
  collate members list reporter --format csv
  collate members list offence --level code)"},
    {"members show", R"(Examples:
  collate members show reporter kent
  collate members show offence 88A)"},
    {"panels", R"(Examples:
  collate panels
  collate panels show england-wales-forces)"},
    {"panels list", R"(Examples:
  collate panels list)"},
    {"panels show", R"(Examples:
  collate panels show england-wales-forces)"},
    {"adapters", R"(Examples:
  collate adapters
  collate adapters show police_returns
  collate adapters reload)"},
    {"adapters list", R"(Examples:
  collate adapters list)"},
    {"adapters show", R"(Examples:
  collate adapters show police_returns)"},
    {"adapters reload", R"(Examples:
  collate adapters reload

Ingestions under way go on with what they began with, and no question waits.)"},
    {"status", R"(Examples:
  collate status
  collate status --format json)"},
    {"doctor", R"(Examples:
  collate doctor
  collate doctor --profile newsroom --format csv

Each line says ok, warning, problem or unknown, what was found, and what to do.
Exit status 1 when there is a problem.)"},
    {"completion", R"(Examples:
  collate completion bash > collate.bash
  collate completion zsh > _collate
  collate completion fish > collate.fish

An installation has all three where the shells look. For one session of bash:
source collate.bash. Codes such as measures and members are asked of the
service, which has 300 milliseconds to answer.)"},
    {"query", R"(Examples:
  collate query offences --where offence=88A --period 2017/18 \
      --panel england-wales-forces
  collate query offences --where offence=88A --check
  collate query offences --where offence=88A --by reporter \
      --periods '2017/18 Q1..2017/18 Q4' --where reporter=kent,essex \
      --format svg

--check may leave the periods out, to see which there are; that one is missing
is then among the mistakes. Exit status 1 when the question would be refused.
--format svg draws the development over the periods, of the change with
--change-on, or bars of shares with --share-of.)"},
    {"explain", R"(Examples:
  collate explain offences --where offence=88A --where reporter=kent \
      --period 2017/18
  collate explain offences --where offence=88A --where reporter=kent \
      --period 2017/18 --open kent-originals

The question comes to one cell. With --open, exit status 1 when an original is
not kept or its region cannot be shown; nothing is written over.)"},
    {"compare", R"(Examples:
  collate compare grooming.textproto
  collate compare grooming.textproto --format csv
  collate compare - < grooming.textproto

grooming.textproto, with 2 to 8 columns:
  columns {
    label: "Recorded offences"
    query {
      measures: "offences"
      filters { dimension: "offence" members: "online_grooming_uk" }
      panel: "uk-territorial-forces"
      derivations { change { base_period: "2017/18" } }
    }
  }
  columns {
    label: "Uses of Snapchat"
    query {
      measures: "platform_uses"
      filters { dimension: "offence" members: "online_grooming_uk" }
      filters { dimension: "platform" members: "snapchat" }
      universe: "platform_known"
      panel: "uk-territorial-forces"
    }
  }
  period_range { first: "2022/23" last: "2024/25" }

Columns share periods and group_by; every figure keeps its own unit, and no
figure of one column is added to one of another.)"},
    {"answer", R"(Examples:
  collate answer a06c3428c7b48fd021ee26a5c49f7f3f0109ffc51b4848d10b7026cce13f7f5e
  collate answer a06c3428c7b48fd021ee26a5c49f7f3f0109ffc51b4848d10b7026cce13f7f5e \
      --view cited --format csv

The name is in the last note of collate query. Refused, with what changed, once
a release that could answer was withdrawn, or vocabulary or rules are others.)"},
    {"revisions", R"(Examples:
  collate releases --source home-office-prc
  collate revisions sources/home-office-prc/releases/20200423-7c25f0a9e1d3
  collate revisions sources/home-office-prc/releases/20200423-7c25f0a9e1d3 \
      --base sources/home-office-prc/releases/20190124-b3fe07a7db28 \
      --reporter kent --silent

The first of these lists the names of releases.)"},
    {"validate", R"(Examples:
  collate validate --reporter hampshire
  collate validate --source home-office-prc --kind level-shift --strict)"},
    {"conflicts", R"(Examples:
  collate conflicts --measure offences --reporter kent
  collate conflicts --kind part-exceeds-whole --kind same-cell --strict

  same-cell           two figures are printed of one cell
  parts-v-total       the parts of a whole do not come to its printed total
  part-exceeds-whole  a part is more than what contains it
  share-v-count       a printed percentage is not that of printed counts
  silent-revision     a later edition prints another number without a mark)"},
    {"claim", R"(Examples:
  collate claim check nspcc-2024
  collate claim check my-story.claims.textproto --format csv)"},
    {"claim check", R"(Examples:
  collate claim check nspcc-2024
  collate claim check my-story.claims.textproto --format csv

Verdicts:
  reproduced        what is published comes to it
  same source only  nobody supports it but who only repeats the story
  on another basis  not on the stated or first basis, but on the one named
  possible          inside bounds that are wider than the claim
  contradicted      outside the bounds; exit status 1
  not checkable     another unit, a withheld figure, or nothing is loaded)"},
    {"disclosure", R"(Examples:
  collate disclosure audit)"},
    {"disclosure audit", R"(Examples:
  collate disclosure audit
  collate disclosure audit --format csv)"},
    {"admin", R"(Examples:
  collate admin check
  collate admin backup)"},
    {"admin backup", R"(Examples:
  collate admin backup
  collate admin backup before-upgrade

The service's configuration says where backups go (backup_directory). One is
restored while the service stands still: deploy/UPGRADE.md.)"},
    {"admin check", R"(Examples:
  collate admin check
  collate --server unix:/run/collate.sock admin check --format json

Questions and ingestions go on beside it. A copy of a data directory is checked
by a second service: collated --data COPY --listen unix:/tmp/copy.sock)"},
    {"audit", R"(Examples:
  collate audit verify /var/lib/collate/audit)"},
    {"audit verify", R"(Examples:
  collate audit verify /var/lib/collate/audit
  collate audit verify /var/lib/collate/audit --format csv

The log is read where it lies; no service is asked, and one that writes may go
on. Whoever can write the whole directory can write another log: an anchor that
was noted elsewhere, --anchor RECORD:HASH, shows that.)"},
    {"export", R"(Examples:
  collate export offences --where offence=88A --output 88a.csv
  collate export --as-of 2024-12-31 --format sdmx-csv --output -)"},
    {"observations", R"(Examples:
  collate observations offences --where reporter=kent --period 2017/18
  collate observations offences --unmapped --format csv)"},
    {"withdraw", R"(Examples:
  collate withdraw sources/home-office-prc/releases/20190124-b3fe07a7db28 \
      --reason 'the file was a draft'

It stays listed, with the reason; nothing answers with it any more.)"},
};

}  // namespace

std::string ExamplesOf(absl::string_view command) {
  for (const Examples& one : kExamples) {
    if (command == one.command) return one.text;
  }
  return "";
}

}  // namespace collate::client
