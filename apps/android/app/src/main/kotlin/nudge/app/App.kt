package nudge.app

import android.app.Application
import nudge.Nudge
import nudge.Presence
import nudge.Screen

/** Pushes and buttons start the process too: all that they need begins here. */
class App : Application() {
  lateinit var host: Host
    private set

  override fun onCreate() {
    super.onCreate()
    host = Host(this)
    Nudge.host = host
    Screen(this).createChannels()
    registerActivityLifecycleCallbacks(Presence())
  }
}
