#include "service/disclosure/suppress.h"

#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "service/base/status_macros.h"
#include "service/disclosure/audit.h"
#include "service/disclosure/protected_store.h"
#include "tests/service/disclosure/restricted_world.h"
#include "tests/testing/status_matchers.h"

namespace collate::disclosure {
namespace {

using ::collate::testing::HasReason;
using ::collate::testing::IsOk;
using ::collate::testing::MemoryStore;
using ::collate::testing::PublishAll;
using ::collate::testing::RandomTable;
using ::collate::testing::Shown;
using ::collate::testing::ShownFigure;
using ::collate::testing::Widths;
using ::testing::IsEmpty;
using vocabulary::State;

// What is shown of a table, and what it stands for.
std::vector<ShownFigure> FiguresOf(const RandomTable& table,
                                   const ProtectedStore& shown) {
  std::vector<ShownFigure> figures;
  const auto releases = shown.ListReleases();
  for (size_t edition = 0; edition < releases->size(); ++edition) {
    const auto chunks = shown.ReadObservations((*releases)[edition].name);
    if (!chunks.ok()) {
      // What was shown before may leave no way to show an edition; then none
      // of it is shown.
      EXPECT_THAT(chunks, HasReason("DISCLOSURE_WITHHELD"));
      EXPECT_GT(edition, 0) << "SEED " ;
      continue;
    }
    for (const store::Observations& chunk : *chunks) {
      for (size_t row = 0; row < chunk.row_count(); ++row) {
        ShownFigure figure;
        figure.edition = static_cast<int>(edition);
        figure.cells = RandomTable::CellsOf(chunk, row);
        figure.state = chunk.state[row];
        figure.known = Possible(StatedIn(chunk, row), chunk.slice.floor);
        figure.truth = table.Sum(figure.edition, figure.cells);
        figures.push_back(std::move(figure));
      }
    }
  }
  return figures;
}

// Tables 0 to 999, each by one of the profiles.
void ExpectSafe(uint32_t first, uint32_t count) {
  for (uint32_t seed = first; seed < first + count; ++seed) {
    const RandomTable table(seed);
    SCOPED_TRACE(seed);
    MemoryStore store;
    PublishAll(table.world(), store);
    const std::string profile = ProfileNames()[1 + seed % 3];
    const ProtectedStore shown = Shown(store, profile);
    const std::vector<ShownFigure> figures = FiguresOf(table, shown);
    const int64_t least = FindProfile(profile)->least_width;
    const std::vector<int64_t> widths =
        Widths(figures, table.editions(), least);
    for (size_t i = 0; i < figures.size(); ++i) {
      const ShownFigure& figure = figures[i];
      // It is true.
      EXPECT_LE(figure.known.lower.value_or(figure.truth), figure.truth);
      EXPECT_GE(figure.known.upper.value_or(figure.truth), figure.truth);
      if (figure.state == State::kSuppressed) {
        EXPECT_GE(widths[i], least) << profile << ", table " << seed
                                    << ", figure " << i << " of "
                                    << figure.truth;
      } else if (figure.state == State::kRounded) {
        EXPECT_GE(widths[i], 1) << profile << ", table " << seed << ", figure "
                                << i << " of " << figure.truth;
      } else {
        EXPECT_EQ(figure.state, State::kReported);
      }
    }
    const auto audit = Audit(shown, {});
    ASSERT_THAT(audit, IsOk());
    EXPECT_THAT(audit->findings, IsEmpty()) << "table " << seed;
    for(auto& s: audit->sources) fprintf(stderr,"STAT %s rel %d hid %d fig %d own %d compl %d\n",profile.c_str(),(int)s.releases,(int)s.hidden_releases,(int)s.figures,(int)s.withheld,(int)s.complementary);
  }
}

// In parts, which run beside each other.
TEST(RandomTablesTest, First250AreSafe) { ExpectSafe(0, 250); }
TEST(RandomTablesTest, Second250AreSafe) { ExpectSafe(250, 250); }
TEST(RandomTablesTest, Third250AreSafe) { ExpectSafe(500, 250); }
TEST(RandomTablesTest, Fourth250AreSafe) { ExpectSafe(750, 250); }

}  // namespace
}  // namespace collate::disclosure
namespace collate::disclosure { namespace {
TEST(DebugTest, D) {
  for (uint32_t seed : {68u, 41u, 56u, 79u}) {
    const RandomTable table(seed);
    MemoryStore store;
    PublishAll(table.world(), store);
    const std::string profile = ProfileNames()[1 + seed % 3];
    const ProtectedStore shown = Shown(store, profile);
    const std::vector<ShownFigure> figures = FiguresOf(table, shown);
    for (int e = -1; e < table.editions(); ++e) {
      std::vector<ShownFigure> some;
      for (auto& f : figures) if (e < 0 || f.edition == e) some.push_back(f);
      auto w = Widths(some, table.editions(), 4);
      for (size_t i = 0; i < some.size(); ++i) {
        auto& f = some[i];
        const bool bad = (f.state == State::kSuppressed && w[i] < 4) || (f.state == State::kRounded && w[i] < 1);
        if (bad) fprintf(stderr, "seed %u ed-set %d BAD fig %zu ed %d truth %d [%d,%d] w %d cells %zu\n", seed, e, i, f.edition, (int)f.truth, (int)f.known.lower.value_or(-1), (int)f.known.upper.value_or(-1), (int)w[i], f.cells.size());
      }
    }
    for (size_t i = 0; i < figures.size(); ++i) { auto& f = figures[i];
      std::string c; for (int x : f.cells) c += absl::StrCat(x, " ");
      fprintf(stderr, "%zu e%d t%d s%d [%d,%d] {%s}\n", i, f.edition, (int)f.truth, (int)f.state, (int)f.known.lower.value_or(-1), (int)f.known.upper.value_or(-1), c.c_str());
    }
  }
}
}}
