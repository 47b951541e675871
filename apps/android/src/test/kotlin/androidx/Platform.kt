// Robolectric starts through Google's androidx.test, which Maven Central does
// not have: what it calls on the way, doing nothing.
package androidx.test.platform.app

import android.app.Instrumentation
import android.os.Bundle

object InstrumentationRegistry {
  private var instrumentation: Instrumentation? = null

  @JvmStatic fun registerInstance(given: Instrumentation?, arguments: Bundle?) {
    instrumentation = given.takeIf { arguments != null }
  }

  @JvmStatic fun getInstrumentation() = instrumentation
}
