// Answers in columns: what their handles explain, where their pages end, and
// what a client makes of columns that do not fit. That they say the same as
// cells is held for every answer of every test by statistics_fixture.h.

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "client/unpack.h"
#include "gmock/gmock.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/message.h"
#include "gtest/gtest.h"
#include "service/api/statistics_handlers.h"
#include "service/base/error.h"
#include "tests/service/api/statistics_fixture.h"
#include "tests/testing/status_matchers.h"
#include "tests/testing/world.h"

namespace collate::api {
namespace {

using ::collate::testing::Answered;
using ::collate::testing::HasReason;
using ::collate::testing::IsOk;
using ::collate::testing::StatisticsFixture;
using ::collate::testing::StatusIs;
using ::collate::testing::ThreeReporters;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

class PackedAnswersTest : public StatisticsFixture {
 protected:
  PackedAnswersTest() : StatisticsFixture(ThreeReporters()) {}

  // By reporter and offence: 8 cells of two years each.
  static v1::QueryStatisticsRequest Request(v1::AnswerForm form) {
    v1::QueryStatisticsRequest request = TwoYearsOfFour();
    request.mutable_query()->mutable_filters(0)->add_members("71");
    request.mutable_query()->add_group_by("reporter");
    request.mutable_query()->add_group_by("offence");
    request.set_view(v1::VIEW_CITED);
    request.set_form(form);
    return request;
  }

  absl::StatusOr<v1::ExplainCellResponse> ExplainAt(const std::string& handle,
                                                    int64_t cell) {
    CallContext context(clock_);
    v1::ExplainCellRequest request;
    request.set_handle(handle);
    request.set_cell(cell);
    return StatisticsHandlers(options_).ExplainCell(context, request);
  }
};

TEST_F(PackedAnswersTest, OneHandleExplainsEveryCell) {
  COLLATE_ASSERT_OK_AND_ASSIGN(const auto plain,
                               Query(Request(v1::ANSWER_FORM_CELLS)));
  COLLATE_ASSERT_OK_AND_ASSIGN(const auto packed,
                               Query(Request(v1::ANSWER_FORM_PACKED)));
  ASSERT_EQ(plain.cells_size(), 16);
  ASSERT_EQ(packed.packed().cell_count(), 16);
  for (int i = 0; i < plain.cells_size(); ++i) {
    COLLATE_ASSERT_OK_AND_ASSIGN(const auto one,
                                 Explain(plain.cells(i).handle()));
    COLLATE_ASSERT_OK_AND_ASSIGN(const auto other,
                                 ExplainAt(packed.packed().handle(), i));
    EXPECT_EQ(one.DebugString(), other.DebugString());
  }
  for (const int64_t none : {int64_t{-1}, int64_t{16}}) {
    EXPECT_THAT(ExplainAt(packed.packed().handle(), none),
                HasReason("INVALID_HANDLE"));
  }
  EXPECT_THAT(Explain(packed.packed().handle()), HasReason("INVALID_HANDLE"))
      << "of which cell?";
  EXPECT_THAT(ExplainAt(plain.cells(0).handle(), 0),
              HasReason("INVALID_HANDLE"))
      << "it has a cell already";
}

TEST_F(PackedAnswersTest, PagesFollowEachOther) {
  v1::QueryStatisticsRequest request = Request(v1::ANSWER_FORM_PACKED);
  COLLATE_ASSERT_OK_AND_ASSIGN(const auto whole, Query(request));
  // A page ends where it is full, by number or by bytes.
  for (const int64_t page_bytes : {int64_t{3} << 20, int64_t{1}}) {
    options_.page_bytes = page_bytes;
    v1::QueryStatisticsRequest page = request;
    page.set_page_size(5);
    int cells = 0;
    v1::QueryStatisticsResponse all = whole;
    ASSERT_THAT(client::Unpack(&all), IsOk());
    do {
      COLLATE_ASSERT_OK_AND_ASSIGN(auto answer, Query(page));
      EXPECT_EQ(answer.packed().first_cell(), cells);
      EXPECT_EQ(answer.packed().handle(), whole.packed().handle());
      page.set_page_token(answer.next_page_token());
      ASSERT_THAT(client::Unpack(&answer), IsOk());
      EXPECT_EQ(answer.cells_size(),
                page_bytes == 1 ? 1 : (cells == 15 ? 1 : 5));
      for (const v1::Cell& cell : answer.cells()) {
        EXPECT_EQ(cell.DebugString(), all.cells(cells++).DebugString());
      }
    } while (!page.page_token().empty());
    EXPECT_EQ(cells, 16);
  }
}

TEST_F(PackedAnswersTest, ATokenIsOfOneForm) {
  v1::QueryStatisticsRequest request = Request(v1::ANSWER_FORM_CELLS);
  request.set_page_size(3);
  COLLATE_ASSERT_OK_AND_ASSIGN(const auto first, Query(request));
  request.set_page_token(first.next_page_token());
  request.set_form(v1::ANSWER_FORM_PACKED);
  EXPECT_THAT(Query(request), HasReason("INVALID_PAGE_TOKEN"));
}

TEST_F(PackedAnswersTest, AFormThatThereIsNoneOfIsRefused) {
  v1::QueryStatisticsRequest request = Request(static_cast<v1::AnswerForm>(3));
  const auto refused = Query(request);
  EXPECT_THAT(refused, HasReason("INVALID_FORM"));
  EXPECT_EQ(base::DetailOf(refused.status()).fields[0].path, "form");
}

// Takes an entry off every column in turn, wherever it is.
void ForEveryColumn(Message* message,
                    const std::function<void(const std::string&)>& shortened) {
  const auto* reflection = message->GetReflection();
  std::vector<const FieldDescriptor*> fields;
  reflection->ListFields(*message, &fields);
  for (const FieldDescriptor* field : fields) {
    if (field->is_repeated() && field->name() != "axes") {
      std::unique_ptr<Message> kept(message->New());
      kept->CopyFrom(*message);
      reflection->RemoveLast(message, field);
      shortened(field->full_name());
      message->CopyFrom(*kept);
    }
    if (field->cpp_type() != FieldDescriptor::CPPTYPE_MESSAGE) continue;
    if (!field->is_repeated()) {
      ForEveryColumn(reflection->MutableMessage(message, field), shortened);
    } else if (field->message_type()->name() == "PackedAxis") {
      ForEveryColumn(reflection->MutableRepeatedMessage(message, field, 0),
                     shortened);
    }
  }
}

TEST_F(PackedAnswersTest, ColumnsThatDoNotFitAreNoAnswer) {
  COLLATE_ASSERT_OK_AND_ASSIGN(v1::QueryStatisticsResponse answer,
                               Query(Request(v1::ANSWER_FORM_PACKED)));
  int broken = 0;
  ForEveryColumn(answer.mutable_packed(), [&](const std::string& column) {
    v1::QueryStatisticsResponse read = answer;
    const absl::Status status = client::Unpack(&read);
    EXPECT_THAT(status, StatusIs(absl::StatusCode::kDataLoss)) << column;
    EXPECT_THAT(status, HasReason("BROKEN_ANSWER")) << column;
    ++broken;
  });
  EXPECT_GT(broken, 30);
}

}  // namespace
}  // namespace collate::api
