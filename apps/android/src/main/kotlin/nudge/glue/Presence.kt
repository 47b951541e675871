package nudge

import android.app.Activity
import android.app.Application
import android.os.Bundle
import android.os.Handler
import android.os.Looper

/**
 * Says whether somebody looks at the app. Not for an app whose web page does it with
 * nudge-client: then there would be two voices for one device.
 */
class Presence : Application.ActivityLifecycleCallbacks {
  private val clock = Handler(Looper.getMainLooper())
  private var started = 0

  override fun onActivityStarted(activity: Activity) {
    if (started++ == 0) say()
  }

  /** Turning the phone stops one activity and starts the next: no absence. */
  override fun onActivityStopped(activity: Activity) {
    if (--started > 0 || activity.isChangingConfigurations) return
    clock.removeCallbacksAndMessages(null)
    Nudge.say(Account::background)
  }

  private fun say() {
    Nudge.say { it.foreground(TTL_S) }
    clock.removeCallbacksAndMessages(null)
    clock.postDelayed(::say, TTL_S * 1000L / 2)
  }

  override fun onActivityCreated(activity: Activity, state: Bundle?) = Unit

  override fun onActivityResumed(activity: Activity) = Unit

  override fun onActivityPaused(activity: Activity) = Unit

  override fun onActivitySaveInstanceState(activity: Activity, state: Bundle) = Unit

  override fun onActivityDestroyed(activity: Activity) = Unit

  private companion object {
    const val TTL_S = 90
  }
}
