package nudge

import android.app.Activity
import android.app.Application
import android.os.Bundle
import android.os.Handler
import android.os.Looper

/**
 * Something that a tap opened. Ten seconds on the screen are more than a glance: nothing
 * reminds of it then.
 */
internal class Opened(private val screen: Activity, private val event: String) :
  Application.ActivityLifecycleCallbacks {
  private val clock = Handler(Looper.getMainLooper())

  init {
    screen.application.registerActivityLifecycleCallbacks(this)
    clock.postDelayed(::tell, OPEN_S * 1000L)
  }

  fun end() {
    clock.removeCallbacksAndMessages(null)
    screen.application.unregisterActivityLifecycleCallbacks(this)
  }

  private fun tell() {
    end()
    Nudge.say { it.seen(event, OPEN_S) }
  }

  /** Turning the phone makes another of its kind: what it shows stays open. */
  override fun onActivityStopped(activity: Activity) {
    if (activity.javaClass == screen.javaClass && !activity.isChangingConfigurations) end()
  }

  override fun onActivityStarted(activity: Activity) = Unit

  override fun onActivityCreated(activity: Activity, state: Bundle?) = Unit

  override fun onActivityResumed(activity: Activity) = Unit

  override fun onActivityPaused(activity: Activity) = Unit

  override fun onActivitySaveInstanceState(activity: Activity, state: Bundle) = Unit

  override fun onActivityDestroyed(activity: Activity) = Unit

  private companion object {
    const val OPEN_S = 10
  }
}
