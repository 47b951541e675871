package nudge

import java.util.concurrent.AbstractExecutorService
import java.util.concurrent.TimeUnit

/** At once, in the test's own thread. */
object DirectWorker : AbstractExecutorService() {
  override fun execute(command: Runnable) = command.run()

  override fun shutdown() = Unit

  override fun shutdownNow() = emptyList<Runnable>()

  override fun isShutdown() = false

  override fun isTerminated() = false

  override fun awaitTermination(timeout: Long, unit: TimeUnit) = true
}
