#include "client/render_derivation.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "client/render_answer.h"
#include "client/render_explanation.h"
#include "tests/client/text_proto.h"
#include "tests/testing/status_matchers.h"

namespace collate::client {
namespace {

using ::collate::testing::TextProto;
using ::testing::AllOf;
using ::testing::HasSubstr;

// Kent in one figure of two quarters, Essex in two, one of which is withheld.
v1::ExplainCellResponse DerivedExplanation() {
  return TextProto<v1::ExplainCellResponse>(R"pb(
    derivation {
      kind: STEP_KIND_CELL
      title: 'Offences, 2017/18'
      state: STATE_SUPPRESSED
      reported: 4432
      bounds { lower: 4433 }
      inputs {
        kind: STEP_KIND_REPORTER
        title: 'Kent'
        state: STATE_REPORTED
        reported: 4429
        bounds { lower: 4429 upper: 4429 }
        source: 's'
        inputs {
          kind: STEP_KIND_LEAF
          title: 'Kent, 2017/18'
          state: STATE_REPORTED
          reported: 4429
          bounds { lower: 4429 upper: 4429 }
          method: METHOD_TILED
          source: 's'
          inputs {
            kind: STEP_KIND_PRINTED
            title: 'Kent'
            state: STATE_REPORTED
            reported: 4000
            citation {
              release: 'r'
              document: 'f.csv'
              locator: 'f.csv:L2:C8'
              raw: '4000'
              reporter_text: 'Kent'
            }
          }
          inputs {
            kind: STEP_KIND_OTHER
            title: 'printed otherwise, and no number fits both'
            state: STATE_REPORTED
            source: 't'
            reported: 4500
            bounds { lower: 4500 upper: 4500 }
          }
        }
      }
      inputs {
        kind: STEP_KIND_REPORTER
        title: 'Essex'
        state: STATE_SUPPRESSED
        reported: 3
        bounds { lower: 4 }
        inputs {
          kind: STEP_KIND_LEAF
          title: 'Essex, a'
          state: STATE_REPORTED
          reported: 3
          bounds { lower: 3 upper: 3 }
        }
        inputs {
          kind: STEP_KIND_LEAF
          title: 'Essex, b'
          state: STATE_SUPPRESSED
          bounds { lower: 1 upper: 4 }
          inputs {
            kind: STEP_KIND_PRINTED
            state: STATE_SUPPRESSED
            bounds { lower: 1 upper: 4 }
            citation {
              release: 'r'
              document: 'g.xlsx'
              locator: "'T 1'!B5"
              raw: '<5'
            }
          }
        }
      }
      inputs {
        kind: STEP_KIND_QUOTIENT
        title: 'change on 2016/17 in per cent, matched panel'
        state: STATE_REPORTED
        decimal_bounds { lower: '10' upper: '10.5' }
        inputs {
          kind: STEP_KIND_NUMERATOR
          title: 'Offences, 2017/18'
          state: STATE_REPORTED
          reported: 11
          bounds { lower: 11 upper: 11 }
          inputs {
            kind: STEP_KIND_REPORTER
            title: 'Sussex'
            state: STATE_REFUSED
            reason: 'left out of both sides: s.12'
          }
        }
        inputs {
          kind: STEP_KIND_BASE
          title: 'Offences, 2016/17'
          state: STATE_REPORTED
          reported: 10
          bounds { lower: 10 upper: 10 }
        }
      }
    }
    releases {
      release: 'r'
      adapter: 'adapters/police'
      adapter_version: '1.2.0'
      synthetic: true
    })pb");
}

TEST(RenderDerivation, DrawsTheTreeDownToPrintedCells) {
  EXPECT_EQ(
      RenderDerivation(DerivedExplanation(), /*boxes=*/false),
      "Offences, 2017/18: 4,432 (at least 4,433)\n"
      "|- Kent, 2017/18: 4,429; shorter periods added; s\n"
      "|  |- f.csv:L2:C8  \"4000\"  Kent  [police 1.2.0, synthetic]\n"
      "|  `- beside it, t: printed otherwise, and no number fits both: 4,500\n"
      "|- Essex: 3 (at least 4)\n"
      "|  |- Essex, a: 3\n"
      "|  `- Essex, b: withheld (1 to 4)\n"
      "|     `- g.xlsx 'T 1'!B5  \"<5\"  ; withheld (1 to 4)  [police 1.2.0, "
      "synthetic]\n"
      "`- change on 2016/17 in per cent, matched panel: 10 to 10.5\n"
      "   |- numerator: Offences, 2017/18: 11\n"
      "   |  `- Sussex: refused; left out of both sides: s.12\n"
      "   `- over: Offences, 2016/17: 10\n");
}

TEST(RenderDerivation, BoxesJoinTheSameLines) {
  EXPECT_THAT(RenderDerivation(DerivedExplanation(), /*boxes=*/true),
              AllOf(HasSubstr("\n├─ Kent, 2017/18: 4,429;"),
                    HasSubstr("\n│  └─ beside it"), HasSubstr("\n└─ change on"),
                    HasSubstr("\n   └─ over: ")));
}

TEST(RenderDerivation, NothingPrintedSteersATerminal) {
  v1::ExplainCellResponse explanation;
  explanation.mutable_derivation()->set_title("a\x1B[2J");
  explanation.mutable_derivation()->set_state(v1::STATE_NO_RELEASE);
  EXPECT_EQ(RenderDerivation(explanation, false),
            "a\\x1B[2J: nothing loaded\n");
}

TEST(RenderExplanation, CsvNamesWhoReadThePrintedCellAtItsEnd) {
  v1::ExplainCellResponse explanation = DerivedExplanation();
  v1::Leaf* leaf = explanation.add_leaves();
  leaf->add_citations()->set_release("r");
  leaf->add_citations()->set_release("unknown");
  COLLATE_ASSERT_OK_AND_ASSIGN(const std::string text,
                               RenderExplanation(explanation, Format::kCsv));
  EXPECT_THAT(text, AllOf(HasSubstr("printed_by,adapter,adapter_version\n"),
                          HasSubstr(",police,1.2.0\n"), HasSubstr(",,\n")));
}

}  // namespace
}  // namespace collate::client
