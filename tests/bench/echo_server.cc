// A server that does nothing, as collated does it: the same calls by the same
// machinery (service/api/rpc.h) and the same log, and answers of as many bytes
// as are asked for. What service_beside_echo measures collated against.
//
//   echo_server PORT_FILE
//
// QueryStatistics answers with `page_size` bytes; ReadDocument streams
// `byte_count` bytes in parts of `offset`. It serves until it is killed.

#include <grpcpp/grpcpp.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <memory>
#include <string>
#include <thread>
#include <utility>

#include "collate/v1/statistics_service.grpc.pb.h"
#include "service/api/authorizer.h"
#include "service/api/rpc.h"
#include "service/base/clock.h"
#include "service/base/log.h"

namespace collate::testing::bench {
namespace {

using api::CallContext;

class EchoService final : public v1::StatisticsService::CallbackService {
 public:
  explicit EchoService(api::Rpc& rpc) : rpc_(rpc) {}

  grpc::ServerUnaryReactor* QueryStatistics(
      grpc::CallbackServerContext* context,
      const v1::QueryStatisticsRequest* request,
      v1::QueryStatisticsResponse* response) override {
    return api::UnaryCall<v1::QueryStatisticsRequest,
                          v1::QueryStatisticsResponse>::
        Start(rpc_, context, "/collate.v1.StatisticsService/QueryStatistics",
              request, response,
              [](CallContext&, const v1::QueryStatisticsRequest& message) {
                v1::QueryStatisticsResponse answer;
                answer.mutable_name()->assign(
                    static_cast<size_t>(message.page_size()), 'x');
                return absl::StatusOr<v1::QueryStatisticsResponse>(
                    std::move(answer));
              });
  }

  grpc::ServerWriteReactor<v1::ReadDocumentResponse>* ReadDocument(
      grpc::CallbackServerContext* context,
      const v1::ReadDocumentRequest* request) override {
    return api::
        DownloadCall<v1::ReadDocumentRequest, v1::ReadDocumentResponse>::Start(
            rpc_, context, "/collate.v1.StatisticsService/ReadDocument",
            request,
            [](CallContext&, const v1::ReadDocumentRequest& message,
               api::Writer<v1::ReadDocumentResponse>& writer) {
              absl::Status status;
              for (int64_t sent = 0; status.ok() && sent < message.byte_count();
                   sent += message.offset()) {
                v1::ReadDocumentResponse part;
                part.mutable_chunk()->assign(
                    static_cast<size_t>(std::min(message.offset(),
                                                 message.byte_count() - sent)),
                    'x');
                status = writer.Write(std::move(part));
              }
              return status;
            });
  }

 private:
  api::Rpc& rpc_;
};

int Serve(const std::string& port_file) {
  const base::SystemClock clock;
  base::Log log(STDERR_FILENO, clock, base::Severity::kInfo);
  const api::AllowAll authorizer;
  api::Rpc::Options options;
  options.clock = &clock;
  options.log = &log;
  options.authorizer = &authorizer;
  options.executor.thread_count =
      std::max(2, static_cast<int>(std::thread::hardware_concurrency()));
  api::Rpc rpc(options);
  EchoService service(rpc);
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
