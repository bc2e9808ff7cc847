#include "service/query/answer_name.h"

#include <algorithm>
#include <variant>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "service/base/digest.h"

namespace collate::query {
namespace {

using vocabulary::Day;
using vocabulary::Measure;

absl::flat_hash_set<std::string> MeasuresOf(const Plan& plan,
                                            const Snapshot& snapshot) {
  absl::flat_hash_set<std::string> codes;
  for (const Measure* measure : plan.measures) codes.insert(measure->code);
  for (const PlannedDerivation& derivation : plan.derivations) {
    if (const auto* rate = std::get_if<PlannedRate>(&derivation)) {
      codes.insert(rate->denominator->code);
      // A printed rate says who is in another reporter's.
      for (const Measure& measure : snapshot.vocabulary().measures()) {
        if (measure.ratio.has_value() &&
            measure.ratio->denominator == rate->denominator->code) {
          codes.insert(measure.code);
        }
      }
    } else if (const auto* share = std::get_if<PlannedShare>(&derivation)) {
      for (const Measure* base : share->base_measures) codes.insert(base->code);
    }
  }
  // What a printed share is compared with, whichever of the two is asked for.
  for (const Measure& measure : snapshot.vocabulary().measures()) {
    if (!measure.share.has_value()) continue;
    std::vector<std::string> compared = measure.share->counts;
    compared.push_back(measure.share->base);
    compared.push_back(measure.code);
    if (std::any_of(compared.begin(), compared.end(),
                    [&codes](const std::string& code) {
                      return codes.contains(code);
                    })) {
      codes.insert(compared.begin(), compared.end());
    }
  }
  return codes;
}

Day EndOfPeriods(const Plan& plan) {
  Day end = vocabulary::kOpenBegin;
  for (const auto& period : plan.periods) {
    end = std::max(end, period.days.end);
  }
  for (const PlannedDerivation& derivation : plan.derivations) {
    if (const auto* rate = std::get_if<PlannedRate>(&derivation)) {
      end = std::max(end, rate->period.days.end);
    } else if (const auto* change = std::get_if<PlannedChange>(&derivation)) {
      for (const auto& period : change->periods) {
        end = std::max(end, period.days.end);
      }
    }
  }
  return end;
}

// Of days, snapshots and measures that are asked for; each has a list of
// releases.
constexpr size_t kMostBeginnings = 64;

// With its length, so that no two texts run into one.
void AppendText(absl::string_view part, std::string* text) {
  absl::StrAppend(text, part.size(), ":", part, "\n");
}

}  // namespace

std::vector<uint32_t> ReleasesOf(const Plan& plan, const Snapshot& snapshot) {
  const absl::flat_hash_set<std::string> measures = MeasuresOf(plan, snapshot);
  std::vector<uint32_t> found;
  for (uint32_t i = 0; i < snapshot.releases().size(); ++i) {
    const LoadedRelease& loaded = *snapshot.releases()[i];
    const auto& extents = loaded.release.extents;
    const auto& chunks = loaded.chunks->summaries();
    const auto speaks = [&measures](const auto& part) {
      return measures.contains(part.slice.measure);
    };
    if (std::any_of(extents.begin(), extents.end(), speaks) ||
        std::any_of(chunks.begin(), chunks.end(), speaks)) {
      found.push_back(i);
    }
  }
  // What cannot be read and does not say of what it is may be of anything.
  found.insert(found.end(), plan.unreadable.begin(), plan.unreadable.end());
  std::sort(found.begin(), found.end());
  found.erase(std::unique(found.begin(), found.end()), found.end());
  return found;
}

namespace {

vocabulary::Day DayOf(const Plan& plan) {
  return std::min(plan.options.today, EndOfPeriods(plan));
}

std::shared_ptr<const AnswerReleases> DescribeReleases(
    const Plan& plan, const Snapshot& snapshot) {
  auto releases = std::make_shared<AnswerReleases>();
  releases->indexes = ReleasesOf(plan, snapshot);
  for (const uint32_t index : releases->indexes) {
    const store::Release& release = snapshot.releases()[index]->release;
    releases->states.emplace_back(release.name, release.state);
  }
  std::sort(releases->states.begin(), releases->states.end());
  return releases;
}

// Of all that comes before the question.
base::Sha256 BeginDigest(const Plan& plan, const Snapshot& snapshot,
                         const AnswerReleases& releases) {
  std::string text = absl::StrCat("collate answer ", kSemanticsVersion, "\n");
  AppendText(snapshot.vocabulary().sha256(), &text);
  // The profile by which figures are protected: none yet.
  AppendText("", &text);
  absl::StrAppend(&text, DayOf(plan), "\n", releases.indexes.size(), "\n");
  for (const uint32_t index : releases.indexes) {
    const LoadedRelease& loaded = *snapshot.releases()[index];
    AppendText(loaded.release.name, &text);
    AppendText(loaded.reading, &text);
    absl::StrAppend(&text, static_cast<int>(loaded.release.state),
                    loaded.problem.ok() ? "" : " unreadable", "\n");
    if (plan.as_of != kToday && !loaded.release.publish_time.has_value()) {
      absl::StrAppend(&text, absl::ToUnixMicros(loaded.release.load_time),
                      "\n");
    }
  }
  base::Sha256 digest;
  digest.Update(text);
  return digest;
}

AnswerName Finish(const Plan& plan, base::Sha256 digest,
                  std::shared_ptr<const AnswerReleases> releases,
                  absl::string_view question) {
  std::string text;
  AppendText(question, &text);
  return {std::move(releases), DayOf(plan), digest.Update(text).FinishHex()};
}

}  // namespace

AnswerName NameAnswer(const Plan& plan, const Snapshot& snapshot,
                      absl::string_view question) {
  const auto releases = DescribeReleases(plan, snapshot);
  return Finish(plan, BeginDigest(plan, snapshot, *releases), releases,
                question);
}

AnswerName AnswerNames::Of(const Plan& plan,
                           const std::shared_ptr<const Snapshot>& snapshot,
                           absl::string_view question) {
  // All that a beginning depends on. A snapshot that is gone may have left its
  // place to another one, which the beginning itself knows.
  std::string key;
  absl::StrAppend(&key, reinterpret_cast<uintptr_t>(snapshot.get()), " ",
                  DayOf(plan), plan.as_of != kToday ? " then" : " today");
  for (const uint32_t index : plan.unreadable) {
    absl::StrAppend(&key, " ", index);
  }
  const absl::flat_hash_set<std::string> measures = MeasuresOf(plan, *snapshot);
  std::vector<absl::string_view> codes(measures.begin(), measures.end());
  std::sort(codes.begin(), codes.end());
  for (const absl::string_view code : codes) absl::StrAppend(&key, "\n", code);

  std::shared_ptr<const Beginning> beginning;
  {
    const std::lock_guard lock(mutex_);
    const auto found = kept_.find(key);
    if (found != kept_.end() && found->second->snapshot.lock() == snapshot) {
      beginning = found->second;
    }
  }
  if (beginning == nullptr) {
    auto releases = DescribeReleases(plan, *snapshot);
    const base::Sha256 digest = BeginDigest(plan, *snapshot, *releases);
    beginning = std::make_shared<const Beginning>(
        Beginning{snapshot, std::move(releases), digest});
    const std::lock_guard lock(mutex_);
    if (kept_.size() >= kMostBeginnings) kept_.clear();
    kept_[key] = beginning;
  }
  return Finish(plan, beginning->digest, beginning->releases, question);
}

}  // namespace collate::query
