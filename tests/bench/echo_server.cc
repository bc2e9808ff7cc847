// A server that does nothing, as collated does it: the same calls by the same
// machinery (service/api/rpc.h, answer_call.h) and the same log, and answers of
// as many bytes as are asked for, which it has at once. What
// service_beside_echo measures collated against.
//
//   echo_server PORT_FILE
//
// QueryStatistics answers with `page_size` bytes; ReadDocument streams
// `byte_count` bytes in parts of `offset`, which are no messages. It serves
// until it is killed.

#include <grpcpp/grpcpp.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <utility>

#include "collate/v1/statistics_service.grpc.pb.h"
#include "service/api/answer_call.h"
#include "service/api/authorizer.h"
#include "service/api/rpc.h"
#include "service/api/wire_bytes.h"
#include "service/base/clock.h"
#include "service/base/log.h"

namespace collate::testing::bench {
namespace {

using api::CallContext;
using api::SharedBytes;

// The last answer, since all of a measurement are of one size.
class Filler {
 public:
  SharedBytes Of(int size) {
    const std::lock_guard lock(mutex_);
    if (bytes_ == nullptr || size_ != size) {
      v1::QueryStatisticsResponse answer;
      answer.mutable_name()->assign(static_cast<size_t>(size), 'x');
      size_ = size;
      bytes_ = std::make_shared<const std::string>(answer.SerializeAsString());
    }
    return bytes_;
  }

 private:
  std::mutex mutex_;  // guards the rest
  int size_ = 0;
  SharedBytes bytes_;
};

using InBytes = v1::StatisticsService::WithRawCallbackMethod_QueryStatistics<
    v1::StatisticsService::WithRawCallbackMethod_ReadDocument<
        v1::StatisticsService::CallbackService>>;

class EchoService final : public InBytes {
 public:
  explicit EchoService(api::Calls& calls) : calls_(calls) {}

  grpc::ServerUnaryReactor* QueryStatistics(
      grpc::CallbackServerContext* context, const grpc::ByteBuffer* request,
      grpc::ByteBuffer* response) override {
    return api::AnswerCall<v1::QueryStatisticsRequest>::Start(
        calls_, context, "/collate.v1.StatisticsService/QueryStatistics",
        request, response,
        [this](CallContext&, absl::string_view received) -> SharedBytes {
          v1::QueryStatisticsRequest message;
          if (!api::Parse(received, &message).ok()) return nullptr;
          return filler_.Of(message.page_size());
        },
        [](CallContext&, const v1::QueryStatisticsRequest&,
           absl::string_view) -> absl::StatusOr<SharedBytes> {
          return absl::InvalidArgumentError("everything is known");
        });
  }

  grpc::ServerWriteReactor<grpc::ByteBuffer>* ReadDocument(
      grpc::CallbackServerContext* context,
      const grpc::ByteBuffer* request) override {
    return api::DownloadCall<v1::ReadDocumentRequest, std::string>::Start(
        calls_, context, "/collate.v1.StatisticsService/ReadDocument", request,
        [](CallContext&, const v1::ReadDocumentRequest& message,
           api::Writer<std::string>& writer) {
          const std::string part(static_cast<size_t>(message.offset()), 'x');
          absl::Status status;
          for (int64_t sent = 0; status.ok() && sent < message.byte_count();
               sent += message.offset()) {
            status = writer.Write(part);
          }
          return status;
        });
  }

 private:
  api::Calls& calls_;
  Filler filler_;
};

int Serve(const std::string& port_file) {
  const base::SystemClock clock;
  base::Log log(STDERR_FILENO, clock, base::Severity::kInfo);
  const api::AllowAll authorizer;
  api::Calls::Options options;
  options.clock = &clock;
  options.log = &log;
  options.authorizer = &authorizer;
  options.executor.thread_count =
      std::max(2, static_cast<int>(std::thread::hardware_concurrency()));
  api::Calls calls(options);
  EchoService service(calls);
  int port = 0;
  grpc::ServerBuilder builder;
  builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(),
                           &port);
  builder.RegisterService(&service);
  const std::unique_ptr<grpc::Server> server = builder.BuildAndStart();
  if (server == nullptr || port == 0) return 1;
  std::ofstream(port_file + ".new") << port << std::endl;
  if (std::rename((port_file + ".new").c_str(), port_file.c_str()) != 0) {
    return 1;
  }
  server->Wait();
  return 0;
}

}  // namespace
}  // namespace collate::testing::bench

int main(int argc, char** argv) {
  return argc == 2 ? collate::testing::bench::Serve(argv[1]) : 2;
}
