// Every request of the API, filled at random, is printed as protobuf's own
// printer does.

#include "service/api/plain_json.h"

#include <google/protobuf/util/json_util.h>

#include <memory>
#include <random>
#include <string>

#include "collate/v1/statistics_service.pb.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/message.h"
#include "gtest/gtest.h"

namespace collate::api {
namespace {

using google::protobuf::EnumDescriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;

// Empty for what has none, such as a time of no year.
std::string ByProtobuf(const Message& message) {
  std::string text;
  return google::protobuf::util::MessageToJsonString(message, &text).ok() ? text
                                                                          : "";
}

class Filler {
 public:
  explicit Filler(uint32_t seed) : random_(seed) {}

  void Fill(Message& message, int depth) {
    const Reflection& reflection = *message.GetReflection();
    const auto& type = *message.GetDescriptor();
    for (int i = 0; i < type.field_count(); ++i) {
      const FieldDescriptor& field = *type.field(i);
      const int count = field.is_repeated() ? Pick(4) : Pick(2);
      for (int n = 0; n < count; ++n) {
        FillOne(message, reflection, field, depth);
      }
    }
  }

 private:
  int Pick(int below) {
    return std::uniform_int_distribution<int>(0, below - 1)(random_);
  }

  std::string Word() {
    // Mostly plain; else what has to be escaped.
    static constexpr const char* kWords[] = {
        "offence",  "2017/18", "88A",  "",     "a b",  "~-._!'()*", "\"",
        "back\\sl", "<b>&c",   "\n\t", "\x01", "\x7f", "Ö\u2028"};
    return kWords[Pick(Pick(4) == 0 ? 13 : 6)];
  }

  void FillOne(Message& message, const Reflection& reflection,
               const FieldDescriptor& field, int depth) {
    const bool repeated = field.is_repeated();
    switch (field.type()) {
      case FieldDescriptor::TYPE_STRING:
        return repeated ? reflection.AddString(&message, &field, Word())
                        : reflection.SetString(&message, &field, Word());
      case FieldDescriptor::TYPE_BYTES:
        return repeated ? reflection.AddString(&message, &field, "\xff")
                        : reflection.SetString(&message, &field, "\xff");
      case FieldDescriptor::TYPE_BOOL:
        return repeated ? reflection.AddBool(&message, &field, Pick(2))
                        : reflection.SetBool(&message, &field, Pick(2));
      case FieldDescriptor::TYPE_INT32:
        return repeated ? reflection.AddInt32(&message, &field, Pick(9) - 4)
                        : reflection.SetInt32(&message, &field, Pick(9) - 4);
      case FieldDescriptor::TYPE_INT64: {
        const int64_t number = int64_t{Pick(9) - 4} << Pick(60);
        return repeated ? reflection.AddInt64(&message, &field, number)
                        : reflection.SetInt64(&message, &field, number);
      }
      case FieldDescriptor::TYPE_ENUM: {
        const EnumDescriptor& type = *field.enum_type();
        const int number =
            Pick(8) == 0 ? 99 : type.value(Pick(type.value_count()))->number();
        return repeated ? reflection.AddEnumValue(&message, &field, number)
                        : reflection.SetEnumValue(&message, &field, number);
      }
      case FieldDescriptor::TYPE_MESSAGE: {
        if (depth == 0 || field.is_map()) return;
        Message& part = repeated ? *reflection.AddMessage(&message, &field)
                                 : *reflection.MutableMessage(&message, &field);
        return Fill(part, depth - 1);
      }
      default:
        return;
    }
  }

  std::mt19937 random_;
};

TEST(PlainJsonTest, EveryRequestIsPrintedAsProtobufDoes) {
  auto& factory = *google::protobuf::MessageFactory::generated_factory();
  int printed = 0;
  for (const char* name : {"StatisticsService", "CatalogueService",
                           "IngestionService", "OperationsService"}) {
    const auto* service =
        google::protobuf::DescriptorPool::generated_pool()->FindServiceByName(
            std::string("collate.v1.") + name);
    ASSERT_NE(service, nullptr) << name;
    for (int m = 0; m < service->method_count(); ++m) {
      const auto& type = *service->method(m)->input_type();
      for (uint32_t seed = 0; seed < 60; ++seed) {
        const std::unique_ptr<Message> request(
            factory.GetPrototype(&type)->New());
        Filler(seed).Fill(*request, 4);
        const std::string expected = ByProtobuf(*request);
        EXPECT_EQ(JsonOf(*request), expected) << request->DebugString();
        printed += !expected.empty();
      }
    }
  }
  EXPECT_GT(printed, 1000);
}

TEST(PlainJsonTest, AQuestionIsOneLineInTheNamesOfJson) {
  v1::QueryStatisticsRequest request;
  request.mutable_query()->add_measures("offences");
  request.mutable_query()->add_group_by("reporter");
  request.mutable_query()->set_allow_partial(true);
  request.set_view(v1::VIEW_CITED);
  request.set_page_size(5);
  EXPECT_EQ(JsonOf(request),
            R"({"query":{"measures":["offences"],"groupBy":["reporter"],)"
            R"("allowPartial":true},"view":"VIEW_CITED","pageSize":5})");
}

}  // namespace
}  // namespace collate::api
