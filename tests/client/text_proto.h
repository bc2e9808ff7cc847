// Messages from their text form, for tests.
//
//   const auto cell = TextProto<v1::Cell>("measure: 'offences'");

#ifndef COLLATE_TESTS_CLIENT_TEXT_PROTO_H_
#define COLLATE_TESTS_CLIENT_TEXT_PROTO_H_

#include <gtest/gtest.h>

#include <string>

#include "google/protobuf/text_format.h"

namespace collate::testing {

template <typename Message>
Message TextProto(const std::string& text) {
  Message message;
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(text, &message));
  return message;
}

}  // namespace collate::testing

#endif  // COLLATE_TESTS_CLIENT_TEXT_PROTO_H_
