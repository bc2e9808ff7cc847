#include "tests/service/disclosure/restricted_world.h"

#include <glpk.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "gtest/gtest.h"
#include "tests/testing/status_matchers.h"

namespace collate::testing {
namespace {

using store::Observations;
using vocabulary::Dimension;
using vocabulary::Matching;
using vocabulary::Member;
using vocabulary::Vocabulary;

constexpr const char* kReporterCodes[] = {"p", "q"};
constexpr const char* kKindCodes[] = {"a", "b", "c"};
constexpr const char* kTownCodes[] = {"n1", "n2", "s1", "s2"};
constexpr const char* kRegionCodes[] = {"north", "south"};
constexpr const char* kQuarterTexts[] = {"2018 Q1", "2018 Q2"};
constexpr const char* kHalfText = "2018 H1";

Member MemberOf(const std::string& code, int level) {
  Member member;
  member.code = code;
  member.title = absl::StrCat("Title of ", code);
  member.level = level;
  return member;
}

int CellAt(int reporter, int kind, int town, int quarter) {
  return ((reporter * RandomTable::kKinds + kind) * RandomTable::kTowns +
          town) *
             RandomTable::kQuarters +
         quarter;
}

// Which of `all` a code stands for: itself, those of its group, or every one.
std::vector<int> Places(const std::string& code) {
  if (code.empty()) return {0, 1, 2, 3};
  if (code == kRegionCodes[0]) return {0, 1};
  if (code == kRegionCodes[1]) return {2, 3};
  for (int town = 0; town < RandomTable::kTowns; ++town) {
    if (code == kTownCodes[town]) return {town};
  }
  return {};
}

// The solver over the cells of all editions, one row for each figure.
class Solver {
 public:
  Solver(const std::vector<ShownFigure>& figures, int editions)
      : problem_(glp_create_prob()), figures_(figures) {
    glp_term_out(GLP_OFF);
    const int columns = editions * RandomTable::kCells;
    glp_add_cols(problem_, columns);
    for (int column = 1; column <= columns; ++column) {
      glp_set_col_bnds(problem_, column, GLP_DB, 0, kFar);
      glp_set_col_kind(problem_, column, GLP_IV);
    }
    for (const ShownFigure& figure : figures) {
      const int row = glp_add_rows(problem_, 1);
      const double lower = static_cast<double>(figure.known.lower.value_or(0));
      const double upper =
          static_cast<double>(figure.known.upper.value_or(kFar * 10));
      glp_set_row_bnds(problem_, row, lower == upper ? GLP_FX : GLP_DB, lower,
                       upper);
      SetRow(row, {{figure, 1.0}});
    }
    // What is printed alike and is alike did not change.
    std::map<std::pair<std::vector<int>, int64_t>, const ShownFigure*> before;
    for (const ShownFigure& figure : figures) {
      if (!figure.is_printed) continue;
      const ShownFigure*& first = before[{figure.cells, figure.truth}];
      if (first != nullptr && first->edition != figure.edition) {
        const int row = glp_add_rows(problem_, 1);
        glp_set_row_bnds(problem_, row, GLP_FX, 0, 0);
        SetRow(row, {{*first, 1.0}, {figure, -1.0}});
      }
      if (first == nullptr) first = &figure;
    }
  }
  ~Solver() { glp_delete_prob(problem_); }

  // The most, in one direction, that a figure can be; notes of every figure
  // what it is there.
  bool Go(size_t figure, double direction) {
    for (int column = 1; column <= glp_get_num_cols(problem_); ++column) {
      glp_set_obj_coef(problem_, column, 0);
    }
    for (const int cell : figures_[figure].cells) {
      glp_set_obj_coef(problem_, Column(figures_[figure].edition, cell),
                       direction);
    }
    glp_set_obj_dir(problem_, GLP_MAX);
    glp_smcp options;
    glp_init_smcp(&options);
    options.msg_lev = GLP_MSG_OFF;
    if (glp_simplex(problem_, &options) != 0 ||
        glp_get_status(problem_) != GLP_OPT) {
      return false;
    }
    if (Note(false)) return true;
    glp_iocp whole;
    glp_init_iocp(&whole);
    whole.msg_lev = GLP_MSG_OFF;
    return glp_intopt(problem_, &whole) == 0 && Note(true);
  }

  const std::vector<std::optional<std::pair<int64_t, int64_t>>>& seen() const {
    return seen_;
  }

 private:
  static constexpr int64_t kFar = 100'000;

  static int Column(int edition, int cell) {
    return edition * RandomTable::kCells + cell + 1;
  }

  void SetRow(
      int row,
      const std::vector<std::pair<const ShownFigure&, double>>& figures) {
    std::vector<int> columns = {0};
    std::vector<double> factors = {0};
    for (const auto& [figure, factor] : figures) {
      for (const int cell : figure.cells) {
        columns.push_back(Column(figure.edition, cell));
        factors.push_back(factor);
      }
    }
    glp_set_mat_row(problem_, row, static_cast<int>(columns.size()) - 1,
                    columns.data(), factors.data());
  }

  bool Note(bool whole) {
    std::vector<int64_t> counts;
    for (int column = 1; column <= glp_get_num_cols(problem_); ++column) {
      const double count = whole ? glp_mip_col_val(problem_, column)
                                 : glp_get_col_prim(problem_, column);
      if (std::abs(count - std::round(count)) > 1e-6) return false;
      counts.push_back(std::llround(count));
    }
    seen_.resize(figures_.size());
    for (size_t i = 0; i < figures_.size(); ++i) {
      int64_t sum = 0;
      for (const int cell : figures_[i].cells) {
        sum += counts[Column(figures_[i].edition, cell) - 1];
      }
      auto& seen = seen_[i];
      if (!seen.has_value()) seen = {sum, sum};
      seen->first = std::min(seen->first, sum);
      seen->second = std::max(seen->second, sum);
    }
    return true;
  }

  glp_prob* const problem_;
  const std::vector<ShownFigure>& figures_;
  std::vector<std::optional<std::pair<int64_t, int64_t>>> seen_;
};

}  // namespace

std::shared_ptr<const Vocabulary> MakeRestrictedVocabulary() {
  const auto base = MakeTestVocabulary();
  Vocabulary::Parts parts;
  parts.measures = base->measures();
  parts.dimensions = base->dimensions();
  parts.panels = base->panels();
  parts.sources = base->sources();
  parts.sources[0].access = vocabulary::Access::kRestricted;
  parts.sources.push_back(parts.sources[0]);
  parts.sources.back().id = "third";
  parts.sources.back().preference = 3;
  vocabulary::Measure cases;
  cases.code = "cases";
  cases.title = "cases";
  cases.unit = "cases";
  cases.additive_dimensions = {"kind", "place", "reporter"};
  cases.additive_over_time = true;
  parts.measures.push_back(cases);
  vocabulary::Measure mean;
  mean.code = "mean_age";
  mean.title = "mean_age";
  mean.unit = "years";
  parts.measures.push_back(mean);
  std::vector<Member> kinds;
  for (const char* code : {"a", "b", "c", "d"}) {
    kinds.push_back(MemberOf(code, 0));
  }
  auto kind = Dimension::Make("kind", "kind", "", {{"kind", "", false}},
                              Matching::kExact, kinds);
  EXPECT_THAT(kind, IsOk());
  parts.dimensions.push_back(*std::move(kind));
  std::vector<Member> places = {MemberOf("north", 0), MemberOf("south", 0)};
  for (const char* code : kTownCodes) places.push_back(MemberOf(code, 1));
  for (size_t town = 0; town < 4; ++town) {
    places[2 + town].parents.push_back(
        {static_cast<vocabulary::MemberId>(town / 2), {}});
  }
  auto place = Dimension::Make("place", "place", "",
                               {{"region", "", true}, {"town", "", false}},
                               Matching::kExact, places);
  EXPECT_THAT(place, IsOk());
  parts.dimensions.push_back(*std::move(place));
  parts.sha256 = "restricted";
  auto made = Vocabulary::Make(std::move(parts));
  EXPECT_THAT(made, IsOk());
  return std::make_shared<const Vocabulary>(*std::move(made));
}

disclosure::ProtectedStore Shown(const store::Store& store,
                                 absl::string_view profile) {
  disclosure::ProtectedStore::Options options;
  options.vocabulary = MakeRestrictedVocabulary();
  options.store = &store;
  options.profile = disclosure::FindProfile(profile);
  options.report = "nothing";
  return disclosure::ProtectedStore(options);
}

void PublishAll(const World& world, MemoryStore& store) {
  for (const store::ReleaseDraft& draft : DraftsOf(*world.Build())) {
    EXPECT_THAT(store.Publish(draft), IsOk());
  }
}

RandomTable::RandomTable(uint32_t seed)
    : random_(seed), lacking_(seed), world_(MakeRestrictedVocabulary()) {
  lacks_rows_ = lacking_() % 2 == 0;
  percent_lacking_ = 1 + static_cast<int>(lacking_() % 40);
  AddEdition("2018-08-01");
  if (Below(3) == 0) AddEdition("2018-09-01");
}

int64_t RandomTable::Count() {
  // Many small ones, of which most need protection.
  switch (Below(4)) {
    case 0:
      return 0;
    case 1:
      return 1 + Below(6);
    case 2:
      return 8 + Below(30);
    default:
      return 10 + Below(200);
  }
}

int64_t RandomTable::Sum(int edition, const std::vector<int>& cells) const {
  int64_t sum = 0;
  for (const int cell : cells) sum += truths_[edition][cell];
  return sum;
}

std::vector<int> RandomTable::CellsAt(const std::string& reporter,
                                      const std::string& kind,
                                      const std::string& place,
                                      const std::string& period) {
  std::vector<int> cells;
  for (int r = 0; r < kReporters; ++r) {
    if (reporter != "pq" && reporter != kReporterCodes[r]) continue;
    for (int k = 0; k < kKinds; ++k) {
      if (!kind.empty() && kind != kKindCodes[k]) continue;
      for (const int town : Places(place)) {
        for (int quarter = 0; quarter < kQuarters; ++quarter) {
          if (period != kHalfText && period != kQuarterTexts[quarter]) continue;
          cells.push_back(CellAt(r, k, town, quarter));
        }
      }
    }
  }
  return cells;
}

std::vector<int> RandomTable::CellsOf(const Observations& chunk, size_t row) {
  std::string kind;
  std::string place;
  for (size_t axis = 0; axis < chunk.axes.size(); ++axis) {
    const std::string& code = chunk.strings[chunk.axes[axis].member[row]];
    (chunk.slice.axes[axis].dimension == "kind" ? kind : place) = code;
  }
  return CellsAt(chunk.strings[chunk.reporter.member[row]], kind, place,
                 chunk.strings[chunk.period_text[row]]);
}

void RandomTable::AddEdition(const std::string& published) {
  Truth truth;
  if (truths_.empty()) {
    std::generate(truth.begin(), truth.end(), [this] { return Count(); });
  } else {
    truth = truths_.back();
    for (int64_t& count : truth) {
      if (Below(8) == 0) count = Count();
    }
  }
  truths_.push_back(truth);
  world_.Release("first", published);
  std::vector<std::string> reporters = {"p"};
  if (Below(2) == 0) reporters = {"p", "q"};
  if (Below(3) == 0) reporters.push_back("pq");
  std::vector<std::string> periods = {kQuarterTexts[0]};
  if (Below(2) == 0) periods = {kQuarterTexts[0], kQuarterTexts[1], kHalfText};
  if (Below(4) == 0) periods = {kQuarterTexts[0], kHalfText};
  bool any = false;
  for (const bool by_kind : {true, false}) {
    for (const int by_place : {2, 1, 0}) {
      if (Below(3) == 0 && (any || by_kind || by_place > 0)) continue;
      any = true;
      SliceSpec slice;
      slice.measure = "cases";
      if (by_kind) slice.axes.push_back("kind@kind");
      if (by_place == 1) slice.axes.push_back("place@region");
      if (by_place == 2) slice.axes.push_back("place@town");
      if (lacks_rows_ && lacking_() % 2 == 0) {
        slice.partition = store::Partition::kIncomplete;
      }
      world_.Slice(slice);
      for (const std::string& reporter : reporters) {
        for (const std::string& period : periods) {
          AddBreakdown(slice, reporter, period);
        }
      }
    }
  }
}

void RandomTable::AddBreakdown(const SliceSpec& slice,
                               const std::string& reporter,
                               const std::string& period) {
  const bool by_kind = !slice.axes.empty() && slice.axes[0] == "kind@kind";
  const bool by_place = slice.axes.size() > (by_kind ? 1u : 0u);
  std::vector<std::string> kinds = {""};
  if (by_kind) kinds.assign(std::begin(kKindCodes), std::end(kKindCodes));
  std::vector<std::string> places = {""};
  if (by_place && slice.axes.back() == "place@region") {
    places.assign(std::begin(kRegionCodes), std::end(kRegionCodes));
  } else if (by_place) {
    places.assign(std::begin(kTownCodes), std::end(kTownCodes));
  }
  const int edition = editions() - 1;
  std::vector<Absent> absent;
  bool any = false;
  bool all_nothing = true;
  for (const std::string& kind : kinds) {
    for (const std::string& place : places) {
      RowSpec row;
      row.reporter = reporter;
      row.period = period;
      if (by_kind) row.at.push_back(kind);
      if (by_place) row.at.push_back(place);
      const std::vector<int> cells = CellsAt(reporter, kind, place, period);
      row.value = Sum(edition, cells);
      if (Lacks(slice, *row.value)) {
        all_nothing = all_nothing && row.value == 0;
        absent.push_back(
            {edition, cells, slice.partition == store::Partition::kComplete});
        continue;
      }
      any = true;
      world_.Row(row);
    }
  }
  // That parts add up tells that there is nothing in what is absent.
  if (!any || !all_nothing) return;
  absent_.insert(absent_.end(), absent.begin(), absent.end());
}

bool RandomTable::Lacks(const SliceSpec& slice, int64_t count) {
  if (!lacks_rows_) return false;
  const bool chosen = static_cast<int>(lacking_() % 100) < percent_lacking_;
  if (slice.axes.empty()) return false;
  // A complete breakdown leaves out what is nothing at most.
  if (slice.partition == store::Partition::kComplete) {
    return count == 0 && lacking_() % 2 == 0;
  }
  return chosen;
}

std::vector<int64_t> Widths(const std::vector<ShownFigure>& figures,
                            int editions, int64_t enough) {
  Solver solver(figures, editions);
  std::vector<int64_t> widths(figures.size(), -1);
  for (size_t i = 0; i < figures.size(); ++i) {
    const auto width = [&] {
      const auto& seen = solver.seen();
      return i < seen.size() && seen[i].has_value()
                 ? seen[i]->second - seen[i]->first
                 : -1;
    };
    if (figures[i].state != vocabulary::State::kReported) {
      if (width() < enough) solver.Go(i, 1);
      if (width() < enough) solver.Go(i, -1);
    }
    widths[i] = std::min(width(), enough);
  }
  return widths;
}

}  // namespace collate::testing
